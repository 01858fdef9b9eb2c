import Checkpoints
import Foundation
import Testing
import Torch

/// Damaged models are refused with the file's name, and nothing is written.
@Suite struct DamagedModelTests {
    /// A way to damage a weight file.
    enum Damage: String, CaseIterable {
        case missing, empty, truncated, headerPastEnd, hugeHeader, noJSON, overlapping, wrongShape
        case notANumber, missingTensor, foreignTensor

        var status: Int32 { self == .missing ? 66 : 65 }

        var hint: String {
            switch self {
            case .missing: "no checkpoint here"
            case .headerPastEnd, .hugeHeader: "the header claims"
            case .overlapping: "claim the same bytes"
            case .wrongShape: "1 of another shape"
            case .notANumber: "NaN"
            case .missingTensor: "1 missing"
            case .foreignTensor: "1 unused"
            case .empty, .truncated, .noJSON: "safetensors"
            }
        }

        func apply(to file: URL) throws {
            switch self {
            case .missing: try FileManager.default.removeItem(at: file)
            case .empty: try Data().write(to: file)
            case .truncated:
                let whole = try Data(contentsOf: file)
                try whole.prefix(whole.count * 2 / 3).write(to: file)
            case .headerPastEnd:
                var bytes = try Data(contentsOf: file)
                bytes.replaceSubrange(0..<8, with: Self.length(bytes.count))
                try bytes.write(to: file)
            case .hugeHeader:
                var bytes = try Data(contentsOf: file)
                bytes.replaceSubrange(0..<8, with: [UInt8](repeating: 0xFF, count: 8))
                try bytes.write(to: file)
            case .noJSON:
                var bytes = try Data(contentsOf: file)
                bytes[20] = 0
                try bytes.write(to: file)
            case .overlapping: try overlap(file)
            case .wrongShape, .notANumber, .missingTensor, .foreignTensor: try rewrite(file)
            }
        }

        private static func length(_ count: Int) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        }

        /// Moves the last tensor to the place of the first and cuts the end off, which leaves no gap.
        private func overlap(_ file: URL) throws {
            let bytes = try Data(contentsOf: file)
            let count = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
            let object = try JSONSerialization.jsonObject(with: bytes[8..<8 + count])
            var header = try #require(object as? [String: Any])
            let places = header.compactMapValues {
                ($0 as? [String: Any])?["data_offsets"] as? [Int]
            }
            let last = try #require(places.max { $0.value[1] < $1.value[1] })
            var entry = try #require(header[last.key] as? [String: Any])
            let size = last.value[1] - last.value[0]
            entry["data_offsets"] = [0, size]
            header[last.key] = entry
            var text = try JSONSerialization.data(withJSONObject: header)
            while text.count % 8 != 0 { text.append(0x20) }
            try (Data(Self.length(text.count)) + text + bytes[(8 + count)...].dropLast(size))
                .write(to: file)
        }

        /// Writes a sound file with a wrong tensor.
        private func rewrite(_ file: URL) throws {
            let archive = try SafetensorsArchive(url: file)
            var tensors: [(name: String, tensor: Tensor)] = []
            for name in archive.entries.keys.sorted() {
                tensors.append((name, try archive.tensor(name)))
            }
            let index = try #require(
                tensors.firstIndex {
                    $0.tensor.shape.count >= 2 && $0.tensor.shape[0] != $0.tensor.shape[1]
                })
            let chosen = tensors[index].tensor
            switch self {
            case .wrongShape: tensors[index].tensor = try chosen.transposed(0, 1).contiguous()
            case .notANumber: tensors[index].tensor = try chosen * Double.nan
            case .missingTensor: tensors.remove(at: index)
            default:
                let name = tensors[index].name
                tensors.append((name + ".stranger", chosen))
            }
            try saveTensors(tensors, to: file)
        }
    }

    private static let files = [
        "text_encoder": "model.safetensors", "vae": "diffusion_pytorch_model.safetensors",
        "unet": "diffusion_pytorch_model.safetensors", "streaming": "model.safetensors",
    ]

    /// The text transformer is read before the output is opened, the autoencoder behind it.
    @Test(arguments: Damage.allCases, ["text_encoder", "vae"])
    func refusesADamagedWeightFile(damage: Damage, component: String) async throws {
        try await check(damage, component, output: component == "vae" ? "frames/" : "x.mp4")
    }

    @Test(arguments: ["unet", "streaming"])
    func readsEveryWeightFileBeforeItStarts(component: String) async throws {
        try await check(.notANumber, component, output: "x.mp4")
    }

    private func check(_ damage: Damage, _ component: String, output: String) async throws {
        let (folder, model) = try await TinyModel.shared.copy(changing: component)
        let name = try #require(Self.files[component])
        let file = URL(fileURLWithPath: "\(model)/\(component)/\(name)")
        try damage.apply(to: file)
        try await expectFailure(
            damage.status, damage == .missing ? component : file.path, damage.hint,
            running: [
                "generate", "a car", "--model", model, "--output",
                "\(folder.folder.path)/\(output)",
                "--steps", "1",
            ])
        #expect(folder.content == ["model"])
    }

    static let configurations: [(file: String, text: String, hint: String)] = [
        ("generation.json", #"{"solver": "euler"}"#, "solver"),
        ("generation.json", #"{"height": 0, "width": 32}"#, "height"),
        ("generation.json", #"{"height": 32, "width": "wide"}"#, "width"),
        ("generation.json", #"{"height": 32, "width": 32, "steps": 0}"#, "steps"),
        ("generation.json", "{", "generation.json"),
        ("scheduler/scheduler_config.json", #"{"beta_schedule": "cosine"}"#, "beta_schedule"),
        (
            "scheduler/scheduler_config.json", #"{"prediction_type": "sample"}"#,
            "prediction_type"
        ),
        ("scheduler/scheduler_config.json", #"{"num_train_timesteps": 0}"#, "num_train_timesteps"),
        ("scheduler/scheduler_config.json", "[]", "scheduler_config.json"),
    ]

    @Test(arguments: configurations.indices)
    func refusesAConfigurationThatCannotBe(index: Int) async throws {
        let (file, text, hint) = Self.configurations[index]
        let component = String(file.prefix { $0 != "/" })
        let (folder, model) = try await TinyModel.shared.copy(changing: component)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(model)/\(file)"))
        try await expectFailure(
            65, hint,
            running: ["generate", "a car", "--model", model, "--output", folder.path("x.mp4")])
        #expect(folder.content == ["model"])
    }

    static let fields: [(component: String, field: String, value: String)] = [
        ("unet", "down_block_types", #"["DownBlock3D", "UpsideDown3D", "DownBlock3D"]"#),
        ("unet", "block_out_channels", "[64, 0, 128]"), ("unet", "in_channels", "4"),
        ("unet", "layers_per_block", "-1"), ("vae", "latent_channels", "-8"),
        ("vae", "block_out_channels", "\"many\""), ("text_encoder", "num_attention_heads", "0"),
        ("streaming", "num_frames", "0"), ("image_encoder", "patch_size", "0"),
    ]

    @Test(arguments: fields.indices)
    func refusesAFieldThatCannotBe(index: Int) async throws {
        let (component, field, value) = Self.fields[index]
        let (folder, model) = try await TinyModel.shared.copy(changing: component)
        let file = URL(fileURLWithPath: "\(model)/\(component)/config.json")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        var configuration = try #require(object as? [String: Any])
        #expect(configuration[field] != nil)
        configuration[field] = try JSONSerialization.jsonObject(
            with: Data(value.utf8), options: .fragmentsAllowed)
        try JSONSerialization.data(withJSONObject: configuration).write(to: file)
        try await expectFailure(
            65, running: ["generate", "a car", "--model", model, "--output", folder.path("x.mp4")])
        #expect(folder.content == ["model"])
    }
}
