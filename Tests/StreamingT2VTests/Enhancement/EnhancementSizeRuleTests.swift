import StreamingT2V
import Testing
import VideoIO
import VideoModels

@Suite struct EnhancementSizeRuleTests {
    /// Rows of latents behind the network's downsamplings and upsamplings.
    private func returned(_ rows: Int, downsamplings: Int) -> Int {
        var rows = rows
        for _ in 0..<downsamplings { rows = (rows + 1) / 2 + 1 }
        for _ in 0..<downsamplings { rows = 2 * rows - 2 }
        return rows
    }

    @Test(arguments: 0...4)
    func allowedSizesComeBackAndAreTheSmallest(downsamplings: Int) {
        let rule = EnhancementSizeRule(downsamplings: downsamplings)
        for asked in 1...700 {
            let (height, width) = (rule.height(atLeast: asked), rule.width(atLeast: asked))
            #expect(height >= asked && height % 8 == 0)
            #expect(returned(height / 8, downsamplings: downsamplings) == height / 8)
            #expect(width >= asked && width % (8 << downsamplings) == 0 && width > 0)
            #expect(width - asked < 8 << downsamplings)
            let smaller = height - (8 << downsamplings)
            #expect(smaller < asked || smaller < 16)
        }
    }

    @Test func releasedSizesAreAllowed() {
        let rule = EnhancementSizeRule()
        #expect(rule.height(atLeast: 720) == 720)
        #expect(rule.width(atLeast: 1280) == 1280)
        #expect(rule.height(atLeast: 721) == 784)
        #expect(rule.width(atLeast: 720) == 768)
    }

    /// The release's case: a square becomes 720 × 720 between bars of 280 pixels.
    @Test func squaresGetBarsThatAreCroppedAgain() throws {
        let letterbox = try EnhancementSizeRule().letterbox(
            picture: (256, 256), size: (1280, 720))
        #expect(letterbox.columns == 280..<1000)
        #expect(letterbox.rows == 0..<720)
        #expect(letterbox.width == 1280 && letterbox.height == 720)
    }

    @Test(arguments: [(500, 300), (1, 1), (321, 977), (64, 16), (1920, 1080)])
    func everySizeGetsACanvas(width: Int, height: Int) throws {
        let rule = EnhancementSizeRule()
        let letterbox = try rule.letterbox(picture: (40, 30), size: (width, height))
        #expect(letterbox.width == rule.width(atLeast: width))
        #expect(letterbox.height == rule.height(atLeast: height))
        #expect(letterbox.columns.count == width || letterbox.rows.count == height)
        #expect(letterbox.columns.count <= width && letterbox.rows.count <= height)
        let (left, right) = (
            letterbox.columns.lowerBound, letterbox.width - letterbox.columns.upperBound
        )
        #expect(right - left == 0 || right - left == 1)
    }

    @Test(arguments: [(0, 720), (720, 0), (-1, 5), (9000, 720)])
    func impossibleSizesAreRefused(width: Int, height: Int) {
        #expect(throws: ConfigurationError.self) {
            try EnhancementSizeRule().letterbox(picture: (16, 16), size: (width, height))
        }
        #expect(throws: ConfigurationError.self) {
            try EnhancementSizeRule().letterbox(picture: (width, height), size: (16, 16))
        }
    }
}
