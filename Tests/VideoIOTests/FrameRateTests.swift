import Testing
import VideoIO

@Suite struct FrameRateTests {
    @Test func reducesAndParses() {
        #expect(FrameRate(48_000, per: 2002) == FrameRate(24_000, per: 1001))
        #expect(FrameRate("30") == 30 && FrameRate("24000/1001")?.denominator == 1001)
        #expect(FrameRate("16:2") == 8)
        for wrong in ["", "0", "-8", "8/0", "0/0", "1/2/3", "8/", "fast"] {
            #expect(FrameRate(wrong) == nil)
        }
        #expect(FrameRate(25, per: 2).value == 12.5)
    }
}
