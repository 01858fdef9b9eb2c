// swift-tools-version: 6.1
import Foundation
import PackageDescription

// LibTorch: where scripts/setup.sh puts it, or where TORCH_HOME says (the `torch` folder of a PyTorch installation).
let namedTorch = ProcessInfo.processInfo.environment["TORCH_HOME"]
let torchHome = namedTorch ?? "\(Context.packageDirectory)/.deps/torch"
// Found again where the project is moved to; a LibTorch that was named is the only one.
let torchSearch =
    namedTorch == nil ? ["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/torch/lib"] : []

// OpenCV: its headers under include/opencv4 of the system's prefix, or of the one that OPENCV_HOME names. Debian's package
// of the one module that is needed has no pkg-config file, so that cannot be asked.
#if os(macOS)
let systemPrefix = "/opt/homebrew"
#else
let systemPrefix = "/usr"
#endif
let openCVHome = ProcessInfo.processInfo.environment["OPENCV_HOME"] ?? systemPrefix
let openCVSearch =
    openCVHome == "/usr"
    ? [] : ["-L\(openCVHome)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(openCVHome)/lib"]

let swiftSettings: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

/// A library target with its test target; imports point down only.
func library(
    _ name: String, _ dependencies: [Target.Dependency] = [],
    testDependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> [Target] {
    let hasTests = FileManager.default.fileExists(
        atPath: "\(Context.packageDirectory)/Tests/\(name)Tests")
    let target = Target.target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
    guard hasTests else { return [target] }
    return [
        target,
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.target(name: name), "TestSupport"] + dependencies + testDependencies,
            resources: name == "Tokenizers" ? [.copy("Fixtures")] : [],
            swiftSettings: swiftSettings),
    ]
}

let package = Package(
    name: "StreamingT2V",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "streamingt2v", targets: ["StreamingT2VCommand"]),
        .library(name: "StreamingT2V", targets: ["StreamingT2V"]),
        // For Benchmarks/.
        .library(name: "Torch", targets: ["Torch"]),
        .library(name: "TorchNN", targets: ["TorchNN"]),
        .library(name: "VideoModels", targets: ["VideoModels"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .target(
            name: "CTorch",
            // Without errno, square roots are taken of many numbers at once.
            cxxSettings: [
                .unsafeFlags(["-I\(torchHome)/include", "-O2", "-fno-math-errno"])
            ],
            linkerSettings: [
                .unsafeFlags(
                    ["-L\(torchHome)/lib", "-ltorch_cpu", "-lc10"] + torchSearch
                        + ["-Xlinker", "-rpath", "-Xlinker", "\(torchHome)/lib"])
            ]),
        .target(
            name: "COpenCV",
            cxxSettings: [.unsafeFlags(["-isystem", "\(openCVHome)/include/opencv4", "-O2"])],
            linkerSettings: [
                .unsafeFlags(openCVSearch), .linkedLibrary("opencv_core"),
                .linkedLibrary("opencv_imgproc"), .linkedLibrary("opencv_video"),
            ]),
        .target(name: "CLaunch"),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .executableTarget(
            name: "StreamingT2VCommand",
            dependencies: [
                "CLaunch", "Foundations", "StreamingT2V", "Training", "Journeys", "Evaluation",
                "VideoIO", "Torch", "Checkpoints", "Tokenizers", "VideoModels", "Hub",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "StreamingT2VCommandTests",
            dependencies: [
                "StreamingT2VCommand", "TestSupport", "Torch", "TorchNN", "Checkpoints", "VideoIO",
                "VideoModels", "StreamingT2V",
            ],
            swiftSettings: swiftSettings),
    ]
        // What several test targets use: damaged inputs, reference tensors, folders that go with a test.
        + [
            .target(
                name: "TestSupport",
                dependencies: [
                    "Checkpoints", "Foundations", "Schedulers", "Torch", "TorchNN", "VideoModels",
                ],
                path: "Tests/TestSupport", swiftSettings: swiftSettings)
        ]
        + library("Foundations")
        + library("Torch", ["CTorch", "Foundations"])
        + library("TorchNN", ["Foundations", "Torch"])
        + library("Checkpoints", ["Foundations", "Torch", "TorchNN"])
        + library("Hub", ["CCurl", "Checkpoints", "Foundations"])
        + library(
            "Tokenizers", ["Foundations"], testDependencies: ["CZlib"],
            resources: [.copy("Resources")])
        + library("Schedulers", ["Torch"])
        + library(
            "VideoModels", ["Foundations", "Torch", "TorchNN"],
            testDependencies: ["Checkpoints", "Schedulers"])
        + library(
            "VideoIO",
            ["CZlib", "Foundations", .product(name: "Subprocess", package: "swift-subprocess")])
        + library("Journeys", ["CCairo", "Foundations", "VideoIO"])
        + library(
            "StreamingT2V",
            [
                "Foundations", "Torch", "TorchNN", "Checkpoints", "Tokenizers", "Schedulers",
                "VideoModels", "VideoIO",
            ])
        + library(
            "Training",
            [
                "Foundations", "Torch", "TorchNN", "Checkpoints", "Tokenizers", "Schedulers",
                "VideoModels", "StreamingT2V", "Journeys", "VideoIO",
            ])
        + library(
            "Evaluation",
            [
                "Foundations", "Torch", "TorchNN", "Checkpoints", "Tokenizers", "VideoModels",
                "StreamingT2V", "Journeys", "VideoIO", "COpenCV",
            ]),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
