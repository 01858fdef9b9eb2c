import StreamingT2V
import Testing
import Torch
import VideoIO

/// Preparation of frames and the way back to bytes against `prepost.safetensors`, bit for bit.
///
/// The file is too large for the package's copy, so the suite is skipped where no folder has it.
@Suite(
    .enabled(
        if: EnhancerFixtures.has("prepost.safetensors"),
        "no folder of fixtures has prepost.safetensors; set ST2V_FIXTURES_ENHANCER to one that has it"
    ))
struct EnhancerPixelParityTests {
    private let file: EnhancerFile

    init() throws {
        file = try EnhancerFile("prepost")
    }

    @Test func pixelsAreExact() throws {
        for (name, entry) in try EnhancerIndex.load().prepost {
            let picture = try frame("\(name).in")
            #expect([picture.height, picture.width] == entry.heightAndWidth)
            let letterbox = Letterbox(
                picture: (picture.width, picture.height), box: (entry.target[0], entry.target[1]),
                oddBars: .dropped)
            let resized = picture.resized(
                width: letterbox.columns.count, height: letterbox.rows.count)
            #expect(try resized == frame("\(name).resized"), "\(name).resized")
            let padded = letterbox.apply(picture)
            #expect(try padded == frame("\(name).padded"), "\(name).padded")
            #expect(letterbox.crop(padded) == resized, "\(name)")
        }
        // [1, 3, F, H, W] to one picture per frame
        let pictures = try file("post.in").selected(0, 0).permuted(1, 0, 2, 3)
        let expected = try file("post.out")
        let made = try pictures.frames(rounding: .truncating)
        #expect(expected.shape == [made.count, made[0].height, made[0].width, 3])
        #expect(made.flatMap(\.pixels) == (try expected.values(as: UInt8.self)))
        file.expectAllUsed()
    }

    private func frame(_ name: String) throws -> RGBFrame {
        let tensor = try file(name)
        try #require(tensor.rank == 3 && tensor.shape[2] == 3)
        return RGBFrame(
            width: tensor.shape[1], height: tensor.shape[0], pixels: try tensor.values())
    }
}
