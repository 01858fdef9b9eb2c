import Testing
import VideoIO

@Suite struct LetterboxTests {
    @Test func picturesTouchTwoBorders() {
        let wide = Letterbox(picture: (40, 20), box: (100, 100))
        #expect(wide.columns == 0..<100 && wide.rows == 25..<75)
        let tall = Letterbox(picture: (20, 40), box: (100, 100))
        #expect(tall.columns == 25..<75 && tall.rows == 0..<100)
        let same = Letterbox(picture: (16, 9), box: (1280, 720))
        #expect(same.columns == 0..<1280 && same.rows == 0..<720)
    }

    /// Whole numbers: 49 · (1/49) is below 1 in float64.
    @Test func exactRatiosLoseNoPixel() {
        for side in 1...400 {
            let letterbox = Letterbox(picture: (side, side), box: (720, 720))
            #expect(letterbox.columns.count == 720 && letterbox.rows.count == 720)
        }
        let thread = Letterbox(picture: (5000, 1), box: (100, 100))
        #expect(thread.columns.count == 100 && thread.rows.count == 1)
    }

    @Test func oddBarsAreCompletedOrDropped() {
        let completed = Letterbox(picture: (16, 24), box: (45, 45))
        #expect(completed.columns == 7..<37 && completed.width == 45)
        let dropped = Letterbox(picture: (16, 24), box: (45, 45), oddBars: .dropped)
        #expect(dropped.columns == 7..<37 && dropped.width == 44 && dropped.height == 45)
    }

    @Test func cropGivesTheScaledPictureBack() {
        let picture = TestVideo.noise(5, width: 30, height: 20)
        let letterbox = Letterbox(picture: (30, 20), box: (64, 48), canvas: (80, 60))
        let canvas = letterbox.apply(picture)
        #expect(canvas.width == 80 && canvas.height == 60)
        #expect(letterbox.columns.count == 64 && letterbox.rows.count == 42)
        #expect(letterbox.crop(canvas) == picture.resized(width: 64, height: 42))
        // The bars are black.
        #expect(canvas.cropped(columns: 0..<80, rows: 0..<9).pixels.allSatisfy { $0 == 0 })
    }
}
