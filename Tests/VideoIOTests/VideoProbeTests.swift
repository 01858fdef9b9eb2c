import Testing

@testable import VideoIO

@Suite struct VideoProbeTests {
    @Test(arguments: [
        ("4.4.2-0ubuntu0.22.04.1", "-vsync"), ("5.0.1", "-vsync"), ("5.1.9-0+deb12u1", "-fps_mode"),
        ("7.0", "-fps_mode"), ("n7.1", "-fps_mode"), ("N-118000-gabc", "-fps_mode"),
    ])
    func namesThePassthroughOptionOfEachVersion(version: String, option: String) {
        #expect(VideoProbe.passthrough(version: version) == [option, "passthrough"])
    }
}
