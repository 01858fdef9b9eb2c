import ArgumentParser
import Foundations
import Evaluation
import Foundation
import StreamingT2V
import VideoIO

/// Options that say what is measured, and against what.
struct EvaluationOptions: ParsableArguments {
    @Option(help: "What the video shows; the manifest's prompt if left out.")
    var prompt: String?

    @Option(help: "The video's manifest; VIDEO.json if left out and there.")
    var manifest: String?

    @Option(
        help: ArgumentHelp(
            "Metrics, separated by commas: \(MetricKind.all.map(\.name).joined(separator: ", ")). "
                + "If left out, all that the other options allow, but not "
                + MetricKind.all.filter { !$0.isDefault }.map(\.name).joined(separator: ", ") + ".")
    )
    var metrics: String?

    @Option(help: "A video to compare with frame by frame (psnr, ssim).")
    var reference: String?

    @Option(help: "Model folder for clip; the embedded model if left out.")
    var model: String?

    @Option(
        help: """
            Weights of torchvision's raft_large for mawe; if left out, flow is OpenCV's dense inverse search.
            """)
    var flowWeights: String?

    @Option(help: "Frames of a chunk, for borders; the manifest's chunks or 16 if left out.")
    var chunkFrames: Int?

    @Option(help: "Frames that a chunk shares with the one before; half a chunk if left out.")
    var overlap: Int?

    @Option(
        help: ArgumentHelp(
            "Version of PySceneDetect whose cuts are found: "
                + SceneCutDetector.Version.allCases.map(\.rawValue).joined(separator: ", ")
                + "; 0.6.3 if left out."))
    var cutsVersion: String?

    /// Whether nothing but the defaults is asked for.
    var isEmpty: Bool {
        [prompt, manifest, metrics, reference, model, flowWeights, cutsVersion].allSatisfy {
            $0 == nil
        }
            && chunkFrames == nil && overlap == nil
    }

    /// The chosen metrics; `nil` for all that are possible.
    func kinds() throws -> [MetricKind]? {
        try metrics.map { text in
            try MetricKind.named(
                text.split(separator: ",").map {
                    $0.trimmingCharacters(in: .whitespaces).lowercased()
                })
        }
    }

    /// Opens all videos and checks everything that their measurement needs.
    func prepare(_ videos: [String]) async throws -> [PreparedVideo] {
        let kinds = try kinds()
        try requireUse(kinds)
        for (field, value) in [("manifest", manifest), ("reference", reference)]
        where value != nil && videos.count > 1 {
            throw InvalidField(field, "belongs to one video; give one at a time")
        }
        let version = try parsedVersion()
        let borders = try parsedBorders()
        let models = EvaluationModels(
            model: try folder(), flowWeights: flowWeights.map { URL(fileURLWithPath: $0) }
        ) { share in
            Terminal.progress(
                "\(Terminal.bar(share))  training the factor classifier (once)",
                isFinal: share == 1)
        }
        let named = try manifest.map {
            (file: $0, manifest: try VideoManifest(file: URL(fileURLWithPath: $0)))
        }
        var other: VideoReader?
        if let reference { other = try await VideoReader.open(reference) }
        var prepared: [PreparedVideo] = []
        for path in videos {
            let reader = try await VideoReader.open(path)
            let found = named ?? VideoManifest.beside(video: path)
            var context = MetricContext(info: reader.info, models: models)
            context.prompt = prompt ?? found?.manifest.prompt
            guard model == nil || context.prompt != nil else {
                throw InvalidField(
                    "model",
                    "compares frames with a prompt, and none is known; add \(field: "prompt")")
            }
            context.borders = borders ?? found?.manifest.borders ?? .standard
            context.cutsVersion = version
            let evaluation = try await VideoEvaluation(
                video: reader, kinds: kinds, context: context, manifest: found?.file,
                reference: other)
            prepared.append(
                PreparedVideo(evaluation: evaluation, frames: try await reader.countFrames()))
        }
        return prepared
    }

    /// Refuses options that no chosen metric reads.
    private func requireUse(_ kinds: [MetricKind]?) throws(InvalidField) {
        let users: [(field: String, isGiven: Bool, metrics: [String])] = [
            ("reference", reference != nil, ["psnr", "ssim"]),
            ("model", model != nil, ["clip"]),
            ("flow_weights", flowWeights != nil, ["mawe"]),
            ("chunk_frames", chunkFrames != nil, ["borders"]),
            ("overlap", overlap != nil, ["borders"]),
            ("cuts_version", cutsVersion != nil, ["cuts"]),
        ]
        let chosen = kinds ?? MetricKind.all.filter(\.isDefault)
        for (field, isGiven, metrics) in users where isGiven {
            guard !chosen.contains(where: { metrics.contains($0.name) }) else { continue }
            throw InvalidField(
                field,
                "is read by \(metrics.joined(separator: " and ")) only; add that to \(field: "metrics")"
            )
        }
    }

    private func parsedVersion() throws(InvalidField) -> SceneCutDetector.Version {
        guard let cutsVersion else { return .v0_6_3 }
        guard let version = SceneCutDetector.Version(rawValue: cutsVersion) else {
            throw InvalidField(
                "cuts_version",
                "must be \(SceneCutDetector.Version.allCases.map(\.rawValue).joined(separator: ", "))"
                    + ", not \(cutsVersion)")
        }
        return version
    }

    private func parsedBorders() throws(InvalidField) -> ChunkBorders? {
        guard chunkFrames != nil || overlap != nil else { return nil }
        let frames = chunkFrames ?? 16
        return try ChunkBorders(chunkFrames: frames, overlap: overlap ?? frames / 2)
    }

    /// The model with the CLIP pair; `nil` if none is named and the embedded one is not there.
    private func folder() throws -> ModelFolder? {
        if let model {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: model, isDirectory: &isFolder),
                isFolder.boolValue
            else { throw GenerationError.notAModel(folder: model, missing: "the folder itself") }
            return ModelFolder(URL(fileURLWithPath: model))
        }
        do {
            return try ModelOptions.embedded()
        } catch GenerationError.notAModel {
            return nil  // clip then says that it needs one
        }
    }
}

/// A video that can be measured.
struct PreparedVideo {
    let evaluation: VideoEvaluation
    /// Frames that the file says it has, for the progress line.
    let frames: Int
}
