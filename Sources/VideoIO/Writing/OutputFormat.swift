import Foundations

/// The kinds of output, and how ffmpeg is told to make each.
enum OutputFormat: Sendable, Hashable, CaseIterable {
    case mp4, webm, gif, pngFolder

    static let knownExtensions = [".mp4", ".webm", ".gif"]

    var encoder: String? {
        switch self {
        case .mp4: "libx264"
        case .webm: "libvpx-vp9"
        case .gif: "gif"
        case .pngFolder: nil
        }
    }

    /// Tells the kind by the name alone; a name without an extension is a folder.
    ///
    /// - Parameter isFolder: true if a folder of that name exists, whatever its extension.
    init(path: String, isFolder: Bool) throws(VideoIOError) {
        let name = path.split(at: "/").last ?? ""
        let dot = name.unicodeScalars.lastIndex(of: ".").flatMap {
            $0 == name.startIndex ? nil : $0
        }
        let fileExtension = dot.map { name[$0...].lowercased() }
        switch (path.endsWithSlash, fileExtension) {
        case (true, _), (_, nil): self = .pngFolder
        case (_, ".mp4"): self = .mp4
        case (_, ".webm"): self = .webm
        case (_, ".gif"): self = .gif
        default:
            guard isFolder else {
                throw .unknownExtension(path: path, known: Self.knownExtensions)
            }
            self = .pngFolder
        }
    }

    /// The fastest rate that players honour.
    func validate(_ rate: FrameRate) throws(VideoIOError) {
        guard rate.numerator > 0, rate.denominator > 0 else {
            throw .invalidFrameRate(rate, reason: "it must be more than zero, for example 8")
        }
        guard rate.numerator <= 1_000_000, rate.denominator <= 1_000_000, rate.value <= 1000 else {
            throw .invalidFrameRate(rate, reason: "use at most 1000, in a simpler fraction")
        }
        // A GIF counts hundredths of a second, and browsers slow down delays of less than two.
        if self == .gif, rate.value > 50 {
            throw .invalidFrameRate(rate, reason: "GIF allows at most 50; use .mp4 or .webm")
        }
    }

    /// What stands between the input and the output name on ffmpeg's command line.
    func encodingArguments(width: Int, height: Int, rate: FrameRate) -> [String] {
        // One second between key frames: a cut-off file loses no more than that.
        let keyInterval = String(max(1, Int(rate.value.rounded())))
        switch self {
        case .mp4:
            // zerolatency: no frame waits in the encoder for later ones, so a fragment on disk is
            // never far behind the frame just appended.
            return ["-vf", Self.evenYUV(width: width, height: height)] + Self.colourTags + [
                "-c:v", "libx264", "-preset", "medium", "-crf", "17", "-tune", "zerolatency",
                "-g", keyInterval, "-keyint_min", keyInterval, "-sc_threshold", "0",
                "-movflags", "frag_keyframe+empty_moov+default_base_moof",
                "-flush_packets", "1", "-f", "mp4",
            ]
        case .webm:
            return ["-vf", Self.evenYUV(width: width, height: height)] + Self.colourTags + [
                "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "5", "-row-mt", "1",
                "-crf", "20", "-b:v", "0", "-lag-in-frames", "0", "-auto-alt-ref", "0",
                "-g", keyInterval, "-cluster_time_limit", "1000",
                "-flush_packets", "1", "-f", "webm",
            ]
        case .gif:
            // A palette per frame: a palette for the whole video would hold all of it in memory. An
            // ordered dither stands still between frames, which error diffusion does not.
            return [
                "-vf",
                "split[a][b];[a]palettegen=stats_mode=single[p];"
                    + "[b][p]paletteuse=new=1:dither=bayer:bayer_scale=4",
                "-loop", "0", "-flush_packets", "1", "-f", "gif",
            ]
        case .pngFolder:
            return []
        }
    }

    private static let colourTags = [
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-color_range", "tv",
    ]

    /// Pads odd sizes by repeating the last row and column, because 4:2:0 halves both sides.
    private static func evenYUV(width: Int, height: Int) -> String {
        let (right, bottom) = (width % 2, height % 2)
        let pad =
            right + bottom == 0
            ? ""
            : "format=gbrp,pad=\(width + right):\(height + bottom):0:0,"
                + "fillborders=left=0:top=0:right=\(right):bottom=\(bottom):mode=smear,"
        return pad + "scale=out_color_matrix=bt709:out_range=tv"
            + ":flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p"
    }
}
