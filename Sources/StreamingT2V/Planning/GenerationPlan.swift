/// What a generation will do and take: found without reading a weight.
public struct GenerationPlan: Codable, Sendable {
    /// A network that will run.
    public struct Network: Codable, Sendable {
        /// Its part of the model.
        public var name: String
        /// The file of its weights.
        public var file: String
        /// How many numbers it has.
        public var parameters: Int
        /// Bytes of them in memory, ready to run.
        public var memory: Int
        /// What its convolutions and matrix products compute in.
        public var dtype: String
    }

    /// The third stage.
    public struct Enhancement: Codable, Sendable {
        /// Columns of the enhanced video.
        public var width: Int
        /// Rows of the enhanced video.
        public var height: Int
        /// Frames of one of its chunks.
        public var chunkFrames: Int
        /// Steps of each chunk.
        public var steps: Int
        /// Evaluations of its network, one chunk each, or `nil` for an endless video.
        public var evaluations: Int?
    }

    /// Seconds of the third stage.
    public struct EnhancementTimes: Codable, Sendable {
        /// One evaluation of its network.
        public var evaluation: Double
        /// Encoding and decoding one frame.
        public var frame: Double
        /// The whole video, or `nil` for an endless one.
        public var total: Double?
    }

    /// A part of the work, with the most memory that the program has meanwhile.
    public struct Phase: Codable, Sendable {
        /// What is done.
        public var name: String
        /// The networks in memory.
        public var networks: [String]
        /// Bytes.
        public var memory: Int
    }

    /// How long it takes, in seconds.
    public struct Times: Codable, Sendable {
        /// Reading weights, all in all; of an endless video, for its first two chunks.
        public var loading: Double
        /// One step of the first chunk.
        public var firstStep: Double
        /// One step of a further chunk.
        public var step: Double
        /// Decoding the first chunk.
        public var firstDecoding: Double
        /// Decoding a further chunk.
        public var decoding: Double
        /// One chunk behind the first, from its first step to its frames.
        public var chunk: Double
        /// The third stage, if there is one.
        public var enhancement: EnhancementTimes?
        /// Everything, or `nil` for an endless video.
        public var total: Double?
    }

    /// The model folder.
    public var model: String
    /// Where the networks run.
    public var device: String
    /// Threads per operation.
    public var threads: Int
    /// Columns of the video.
    public var width: Int
    /// Rows of the video.
    public var height: Int
    /// Frames of the video, or `nil` for an endless one.
    public var frames: Int?
    /// Chunks of the video, or `nil` for an endless one.
    public var chunks: Int?
    /// Steps of the first chunk.
    public var firstSteps: Int
    /// Steps of each further chunk.
    public var steps: Int
    /// Steps of each chunk in which guidance acts, if not all; the others are shorter.
    public var guidedSteps: Int?
    /// From one step of a chunk that runs the whole network to the next, if not all do; the others are shorter.
    public var cacheInterval: Int?
    /// The third stage, if there is one.
    public var enhancement: Enhancement?
    /// Networks in the order in which they run.
    public var networks: [Network]
    /// Parts of the work in their order.
    public var phases: [Phase]
    /// What the program takes by itself, in bytes of memory.
    public var programMemory: Int
    /// The most memory at any time, in bytes.
    public var peakMemory: Int
    /// Bytes of memory that the program could have now, where the system tells.
    public var availableMemory: Int?
    /// About how many bytes the video takes on the disk, or `nil` for an endless one.
    public var outputSize: Int?
    /// Free bytes on that disk, where the system tells.
    public var availableDisk: Int?
    /// How long it takes, if that was measured.
    public var times: Times?
}
