import Foundation
import TestSupport
import Testing

/// Text from files, prompts, programs and the network, on its way to the terminal.
@Suite struct HostileTextTests {
    @Test(arguments: HostileRun.all) func isShownAndDoesNothing(_ run: HostileRun) async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let invocation = try await run.prepare(folder, model)
        let result = try await CommandLineTool.run(
            invocation.arguments, environment: invocation.environment)
        withExtendedLifetime(invocation.helper) {}
        let printed = result.output + result.errors
        #expect(HostileText.leaks(in: result.output) == [], "\(result.output)")
        #expect(HostileText.leaks(in: result.errors) == [], "\(result.errors)")
        #expect(printed.contains(run.shown), "\(run.shown) in \(printed)")
        #expect(!result.wasKilled)
    }
}
