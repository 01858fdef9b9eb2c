import Foundation
import StreamingT2V
import TestSupport
import Testing
import VideoModels

/// A folder that is not a model, or not one model, is refused before any work.
@Suite struct ModelFolderErrorTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func missingFolderIsNamed() throws {
        let url = scratch.folder.appending(path: "none")
        let error = GenerationError.notAModel(folder: url.path, missing: "the folder itself")
        #expect(throws: error) { try VideoGenerator(model: ModelFolder(url)) }
        #expect(
            "\(error)"
                == "\(url.path) is not a model folder: the folder itself is missing. Check model."
        )
        try Data("x".utf8).write(to: url)  // a file is no folder
        #expect(throws: error) { try VideoGenerator(model: ModelFolder(url)) }
    }

    /// The parts of the first two stages.
    static let components = ModelFolder.Component.allCases
        .filter { $0 != .enhancer && $0 != .distilled }

    @Test(arguments: components)
    func missingComponentIsNamed(_ component: ModelFolder.Component) throws {
        let folder = try SharedModel.copy(to: scratch)
        try FileManager.default.removeItem(at: folder.folder(component))
        if component == .streaming {  // a model of the first stage
            _ = try VideoGenerator(model: folder)
            return
        }
        let error = GenerationError.notAModel(
            folder: folder.url.path, missing: "\(component.rawValue)/")
        #expect(throws: error) { try VideoGenerator(model: folder) }
        #expect("\(error)".contains("\(component.rawValue)/ is missing"))
    }

    @Test func imageEncoderBelongsToStreamingOnly() throws {
        let folder = try SharedModel.copy(to: scratch)
        for component in [ModelFolder.Component.streaming, .imageEncoder] {
            try FileManager.default.removeItem(at: folder.folder(component))
        }
        _ = try VideoGenerator(model: folder)
    }

    /// Damage to a configuration: where, the field and what is put there, and what the message has to say.
    struct Damage: Sendable, CustomTestStringConvertible {
        let component: ModelFolder.Component
        let field: String
        let value: String
        let message: String

        var testDescription: String { "\(component.rawValue): \(field) = \(value)" }
    }

    static let damages: [Damage] = [
        Damage(
            component: .scheduler, field: "beta_schedule", value: #""cosine""#,
            message: "field 'beta_schedule' has an unknown value"),
        Damage(
            component: .scheduler, field: "prediction_type", value: #""sample""#,
            message: "field 'prediction_type' has an unknown value"),
        Damage(
            component: .scheduler, field: "beta_end", value: "2",
            message: "beta_end must be from beta_start to below 1"),
        Damage(
            component: .scheduler, field: "num_train_timesteps", value: #""1000""#,
            message: "field 'num_train_timesteps' has the wrong type"),
        Damage(
            component: .unet, field: "down_block_types", value: #"["CrossAttnDownBlock2D"]"#,
            message: "field 'down_block_types"),
        Damage(
            component: .unet, field: "block_out_channels", value: #"{"0": 32}"#,
            message: "field 'block_out_channels' has the wrong type"),
        Damage(
            component: .unet, field: "block_out_channels", value: "[32, 60]",
            message: "field 'block_out_channels' must hold multiples of"),
        Damage(
            component: .unet, field: "layers_per_block", value: "-1",
            message: "field 'layers_per_block' must be from 1 to 32, not -1"),
        Damage(
            component: .vae, field: "latent_channels", value: "4.5",
            message: "field 'latent_channels' has a number that does not fit"),
        Damage(
            component: .vae, field: "scaling_factor", value: "0",
            message: "field 'scaling_factor' must be a positive number"),
        Damage(
            component: .textEncoder, field: "hidden_act", value: #""relu""#,
            message: "field 'hidden_act' has an unknown value"),
        Damage(
            component: .textEncoder, field: "vocab_size", value: "null",
            message: "field 'vocab_size' has the wrong type"),
        Damage(
            component: .imageEncoder, field: "patch_size", value: "[14]",
            message: "field 'patch_size' has the wrong type"),
        Damage(
            component: .streaming, field: "num_cond_frames", value: "16",
            message: "field 'num_cond_frames' must be less than num_frames"),
        Damage(
            component: .streaming, field: "image_tokens", value: "0",
            message: "field 'image_tokens' must be from 1 to 65536, not 0"),
    ]

    @Test(arguments: damages)
    func badFieldIsNamed(_ damage: Damage) throws {
        let folder = try SharedModel.copy(to: scratch)
        let file = configurationFile(folder, damage.component)
        var text = try String(contentsOf: file, encoding: .utf8)
        let number = try Regex(#""\#(damage.field)" : (\[[^\]]*\]|[^,\n]*)"#)
        #expect(text.contains(number), "\(file.path) lacks \(damage.field)")
        text.replace(number) { _ in "\"\(damage.field)\" : \(damage.value)" }
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: ConfigurationError.self) { try VideoGenerator(model: folder) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains(damage.message), "\(message)")
    }

    @Test(arguments: components.filter { $0 != .tokenizer })
    func unreadableConfigurationIsNamed(_ component: ModelFolder.Component) throws {
        let folder = try SharedModel.copy(to: scratch)
        let file = configurationFile(folder, component)
        let contents: [(text: String?, reason: String)] = [
            ("not json", "is not valid JSON"), ("", "is not valid JSON"),
            (#"{"in_channels": 4"#, "is not valid JSON"), ("[]", "does not hold a JSON object"),
            (nil, "it does not exist. Check the model's folder."),
        ]
        for (text, reason) in contents {
            if let text {
                try Data(text.utf8).write(to: file)
            } else {
                try FileManager.default.removeItem(at: file)
            }
            #expect(throws: ConfigurationError.unreadable(file: file.path, reason: reason)) {
                try VideoGenerator(model: folder)
            }
        }
    }

    /// Values in generation.json that no video can be sampled with.
    @Test(arguments: [
        ("steps", "0", "must be from 1 to 1000, not 0"),
        ("first_steps", "1001", "must be from 1 to 1000, not 1001"),
        ("guidance_scale", "-1", "must be from 0 to 100, not -1.0"),
        ("first_guidance_scale", "1e9", "must be from 0 to 100, not 1000000000.0"),
        ("eta", "1.5", "must be from 0 to 1, not 1.5"),
        ("fps", "0", "must be from 1 to 240, not 0"),
        ("height", "0", "must be from 8 to 8192, not 0"),
        ("width", "100000", "must be from 8 to 8192, not 100000"),
    ])
    func badDefaultIsNamed(field: String, value: String, rule: String) throws {
        let folder = try SharedModel.copy(to: scratch)
        try Data(#"{"\#(field)": \#(value)}"#.utf8)
            .write(to: folder.url.appending(path: "generation.json"))
        let error = ConfigurationError.invalid(field: field, rule: rule)
        #expect(throws: error) { try VideoGenerator(model: folder) }
        #expect("\(error)" == "configuration field '\(field)' \(rule)")
    }

    @Test func unknownDefaultSolverIsNamed() throws {
        let folder = try SharedModel.copy(to: scratch)
        try Data(#"{"solver": "euler"}"#.utf8)
            .write(to: folder.url.appending(path: "generation.json"))
        let error = #expect(throws: ConfigurationError.self) { try VideoGenerator(model: folder) }
        #expect(error.map { "\($0)" }?.contains("field 'solver' has an unknown value") == true)
    }

    private func configurationFile(
        _ folder: ModelFolder, _ component: ModelFolder.Component
    ) -> URL {
        folder.folder(component).appending(
            path: component == .scheduler ? "scheduler_config.json" : "config.json")
    }
}
