import Checkpoints
import Foundation
import TestSupport
import Testing
import VideoIO

/// Text that tries to drive the terminal, and to forge a line.
enum HostileText {
    /// Reorders or hides text without a control character, as a hub's file name may.
    static let bidirectional = "\u{202E}\u{2066}\u{200F}\u{2028}\u{FEFF}\u{E0041}"
    /// Colours, a title, C1 and C0 controls, and a line that looks like ours.
    static let all =
        "\u{1B}[31mR\u{1B}]0;p\u{7}\u{9B}5m\u{7F}\u{8}\r\nerror: forged\t" + bidirectional + "é漢👩‍👧x"

    /// The same as a JSON string.
    static func json(_ text: String = all) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    /// What a terminal, or a reader of the log, must not get; this list is independent of the program's.
    static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F,
            0xFEFF, 0xE0000...0xE007F:
            true
        default: false
        }
    }

    /// What is wrong with something that was printed.
    static func leaks(in printed: String) -> [String] {
        let scalars = Set(printed.unicodeScalars.filter(isDangerous)).map(\.value).sorted()
        let forged = printed.unicodeScalars.split(separator: "\n").filter {
            String(Substring($0)).hasPrefix("error: forged")
        }
        return scalars.map { "U+" + String($0, radix: 16, uppercase: true) }
            + forged.map { _ in "a forged line" }
    }
}

/// A run of the program in which text from outside reaches what it prints.
struct HostileRun: Sendable, CustomTestStringConvertible {
    /// What the program is run with.
    struct Invocation {
        var arguments: [String]
        var environment: [String: String] = [:]
        /// Kept until the program has ended.
        var helper: AnyObject?
    }

    let name: String
    /// What must be seen of the text.
    var shown = #"\u{1B}"#
    let prepare: @Sendable (Scratch, TinyModel) async throws -> Invocation

    var testDescription: String { name }

    private static func run(
        _ name: String, shown: String = #"\u{1B}"#,
        _ arguments: @escaping @Sendable (Scratch, TinyModel) async throws -> [String]
    ) -> HostileRun {
        HostileRun(name: name, shown: shown) { folder, model in
            Invocation(arguments: try await arguments(folder, model))
        }
    }

    private static let text = HostileText.all

    static let all = options + models + files + videos + programs + hubs

    private static let options = [
        run("command") { _, _ in [text] },
        run("option") { _, _ in ["generate", "a", "--" + text] },
        run("argument") { _, _ in ["generate", "a", text] },
        run("value of an option") { _, _ in ["generate", "a", "--frames", text] },
        run("device") { _, model in model.generate("x.mp4", ["--device", text]) },
        run("prompt") { folder, model in
            let prompt = String(repeating: "car ", count: 100) + text
            return ["generate", prompt, "--model", model.path, "--output", folder.path("x.mp4")]
        },
        run("output of no known kind") { folder, model in
            model.generate(folder.path(text + ".avi"))
        },
        run("output without a folder") { folder, model in
            model.generate(folder.path(text + "/x.mp4"))
        },
        run("output") { folder, model in
            model.generate(folder.path(text) + "/", ["--frames", "2"])
        },
        run("timeline") { folder, model in
            model.generate(folder.path("x/"), ["--frames", "2", "--trace", folder.path(text)])
        },
        run("stage") { folder, _ in
            let recipe = try folder.put(TinyModel.recipe(["clip"]), "recipe.json")
            return ["train", "--recipe", recipe, "--output", folder.path("x"), "--stage", text]
        },
        run("data") { folder, _ in
            let recipe = try folder.put(TinyModel.recipe(["clip"]), "recipe.json")
            return [
                "train", "--recipe", recipe, "--output", folder.path("x"), "--data",
                folder.path(text),
            ]
        },
        run("prompts of a study") { _, model in
            ["study", "table1", "--model", model.path, "--prompts", text]
        },
        run("blending of a study") { _, _ in ["study", "enhancement", "--blending", text] },
        run("metrics") { folder, _ in
            ["evaluate", try await frames(folder, "clip"), "--metrics", text]
        },
        run("folder of a data set") { folder, _ in
            [
                "dataset", "render", "--count", "1", "--frames", "1", "--size", "32", "--output",
                folder.path(text),
            ]
        },
        run("folder of random weights") { folder, _ in
            ["synthesize", folder.path(text), "--size", "tiny"]
        },
        run("inputs of a benchmark") { folder, model in
            ["benchmark", "--model", model.path, "--inputs", folder.path(text)]
        },
        run("video to enhance") { folder, model in
            [
                "enhance", folder.path(text), "--prompt", "a", "--model", model.path, "--output",
                folder.path("x.mp4"),
            ]
        },
        run("size to enhance to") { folder, model in
            [
                "enhance", folder.path("x"), "--prompt", "a", "--model", model.path, "--output",
                folder.path("x.mp4"), "--size", text,
            ]
        },
    ]

    private static let models = [
        run("model") { folder, _ in
            ["generate", "a", "--model", text, "--output", folder.path("x.mp4")]
        },
        run("plan of a model") { folder, model in
            let path = folder.path(text)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: model.path)
            return [
                "generate", "a", "--model", path, "--output", folder.path("x.mp4"), "--dry-run",
            ]
        },
        run("configuration") { folder, model in
            try await changed(
                model, folder, "scheduler/scheduler_config.json",
                #"{"prediction_type": \#(HostileText.json())}"#)
        },
        run("token") { folder, model in
            try await changed(
                model, folder, "tokenizer/vocab.json", "{\(HostileText.json()): -1}")
        },
        HostileRun(name: "tensor that no network reads") { folder, model in
            let (copy, path) = try model.copy(changing: "vae")
            let file = URL(filePath: path + "/vae/diffusion_pytorch_model.safetensors")
            try SafetensorsWriter.write([(text, .float32, [1], [0, 0, 0, 0])], to: file)
            return Invocation(
                arguments: [
                    "generate", "a", "--model", path, "--output", folder.path("x.mp4"),
                    "--frames", "2",
                ], helper: copy)
        },
        run("recipe") { folder, _ in
            let recipe = try folder.put(
                TinyModel.recipe(["clip"]).replacing("\"clip\"", with: HostileText.json()), "r.json"
            )
            return ["train", "--recipe", recipe, "--output", folder.path("x")]
        },
    ]

    private static let files = [
        run("weights that are missing") { folder, _ in ["inspect", folder.path(text + ".pt")] },
        run("weights") { folder, _ in ["inspect", try weights(folder)] },
        run("tensors") { folder, _ in ["inspect", try weights(folder), "--tensors"] },
        run("tensors as JSON", shown: #"\u202e"#) { folder, _ in
            ["inspect", try weights(folder), "--json"]
        },
        run("type of a tensor") { folder, _ in
            let header = try
                "{\"t\":{\"dtype\":\(HostileText.json()),\"shape\":[1],\"data_offsets\":[0,4]}}"
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            let file = folder.path("x.safetensors")
            try (Data(length) + Data(header.utf8) + Data(count: 4)).write(to: URL(filePath: file))
            return ["inspect", file]
        },
        run("converted weights") { folder, _ in
            ["convert", try weights(folder), "--output", folder.path(text + " copy")]
        },
        run("contact sheet") { folder, _ in
            ["contact-sheet", try await frames(folder, text), "--frames", "1"]
        },
        run("video to measure") { folder, _ in
            ["evaluate", try await frames(folder, text), "--metrics", "motion"]
        },
        run("manifest") { folder, _ in
            let video = try await frames(folder, "clip")
            try manifest(folder, "clip.json")
            return ["evaluate", video, "--metrics", "motion"]
        },
        run("manifest as JSON", shown: #"\u202e"#) { folder, _ in
            let video = try await frames(folder, "clip")
            try manifest(folder, "clip.json")
            return ["evaluate", video, "--metrics", "motion", "--json"]
        },
        run("report") { folder, _ in
            [
                "evaluate", try await frames(folder, "clip"), "--metrics", "motion", "--report",
                folder.path(text),
            ]
        },
        run("results to compare") { folder, _ in
            let video = try await frames(folder, "clip")
            let measured = try await CommandLineTool.run([
                "evaluate", video, "--metrics", "motion", "--json",
            ])
            let results = try measured.output.replacing("\"levels\"", with: HostileText.json())
            let file = try folder.put(results, text + ".json")
            return ["evaluate", "--compare", file, file]
        },
    ]

    private static let videos = [
        HostileRun(name: "words of ffmpeg") { folder, model in
            Invocation(
                arguments: model.generate(folder.path("x.mp4"), ["--frames", "2"]),
                environment: ["ST2V_FFMPEG": try program(folder, "ffmpeg")])
        },
        HostileRun(name: "words of ffprobe") { folder, _ in
            Invocation(
                arguments: ["contact-sheet", try folder.put("x", "x.mp4")],
                environment: ["ST2V_FFPROBE": try program(folder, "ffprobe")])
        },
        HostileRun(name: "words of an ffmpeg that lists nothing") { folder, model in
            Invocation(
                arguments: model.generate(folder.path("x.mp4"), ["--frames", "2"]),
                environment: ["ST2V_FFMPEG": try program(folder, "ffmpeg", listing: false)])
        },
    ]

    private static let programs = [
        HostileRun(name: "name of ffmpeg") { folder, model in
            Invocation(
                arguments: model.generate(folder.path("x.mp4")),
                environment: ["ST2V_FFMPEG": "/nowhere/" + text])
        }
    ]

    private static let hubs = [
        run("repository") { _, _ in ["download", text] },
        run("revision") { _, _ in ["download", "some/model", "--revision", text] },
        HostileRun(name: "address of the hub") { _, _ in
            Invocation(
                arguments: ["download", "some/model"], environment: ["HF_ENDPOINT": text])
        },
        HostileRun(name: "cache") { folder, _ in
            Invocation(
                arguments: ["download", "some/model"],
                environment: ["HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": folder.path(text)])
        },
        hub("pattern", [:], ["--file", text]),
        hub("file of the hub", ["path": HostileText.bidirectional], ["--dry-run"], #"\u{202E}"#),
        hub(
            "file of the hub as JSON", ["path": HostileText.bidirectional],
            ["--dry-run", "--json"],
            #"\u202e"#),
        hub("file that arrives", ["path": HostileText.bidirectional], [], #"\u{202E}"#),
        hub("path that the hub may not have", ["path": text], ["--dry-run"]),
        hub("hash of the hub", ["hash": text], ["--dry-run"]),
    ]

    private static func hub(
        _ name: String, _ file: [String: String], _ arguments: [String],
        _ shown: String = #"\u{1B}"#
    ) -> HostileRun {
        HostileRun(name: name, shown: shown) { _, _ in
            let hub = try await DownloadCommandTests.Hub(file)
            return Invocation(
                arguments: ["download", "some/model"] + arguments, environment: hub.environment,
                helper: hub)
        }
    }

    /// Arguments for a model one of whose files has other contents.
    private static func changed(
        _ model: TinyModel, _ folder: Scratch, _ file: String, _ contents: String
    ) async throws -> [String] {
        let path = folder.path("model")
        try FileManager.default.copyItem(atPath: model.path, toPath: path)
        try folder.put(contents, "model/" + file)
        return [
            "generate", "a", "--model", path, "--output", folder.path("x.mp4"), "--frames", "2",
        ]
    }

    private static func weights(_ folder: Scratch) throws -> String {
        let file = folder.path(text + ".safetensors")
        try SafetensorsWriter.write(
            [(text, .float32, [1], [0, 0, 0xC0, 0x7F])], to: URL(fileURLWithPath: file))
        return file
    }

    private static func manifest(_ folder: Scratch, _ name: String) throws {
        try folder.put(#"{"settings": {"prompt": \#(HostileText.json())}}"#, name)
    }

    /// A video of three grey frames.
    private static func frames(_ folder: Scratch, _ name: String) async throws -> String {
        let writer = try await VideoOutput.open(
            path: folder.path(name) + "/", width: 64, height: 64, framesPerSecond: 8)
        for level: UInt8 in [20, 30, 40] {
            let pixels = [UInt8](repeating: level, count: 64 * 64 * 3)
            try await writer.append(RGBFrame(width: 64, height: 64, pixels: pixels))
        }
        try await writer.finish()
        return folder.path(name)
    }

    /// A program that says the text and fails, except where it is asked for its encoders.
    private static func program(
        _ folder: Scratch, _ name: String, listing: Bool = true
    ) throws -> String {
        let words = try folder.put(text, "words")
        let list = listing ? "*-encoders*) exec \(try FFmpegTools.find().ffmpeg) \"$@\";; " : ""
        let file = try folder.put(
            "#!/bin/sh\ncase \"$*\" in \(list)*) cat '\(words)' >&2; exit 1;; esac\n", name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        return file
    }
}
