import StreamingT2V

/// `--dry-run`.
extension GenerateCommand {
    /// Prints what would run; what has no room is not timed, and refused.
    func plan(
        _ request: PreparedRequest, _ generator: VideoGenerator,
        _ stage: GenerationJob.Enhancement?, output: String
    ) async throws {
        var plan = try await generator.generationPlan(
            for: request, enhancing: stage, output: output)
        var failure: (any Error)?
        do {
            try await generator.requireRoom(
                for: request, enhancing: stage, plan, output: output)
            plan = try await generator.generationPlan(
                for: request, enhancing: stage, output: output, measuresTime: true)
        } catch {
            failure = error
        }
        if json { try Terminal.printJSON(plan) } else { try Terminal.print(PlanReport(plan).lines) }
        if let failure { throw failure }
    }
}
