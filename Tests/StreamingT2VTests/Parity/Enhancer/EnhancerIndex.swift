import Schedulers

/// The fixtures' `index.json`: parameters of every case.
struct EnhancerIndex: Decodable {
    struct Steps: Decodable {
        let steps: Int
        let maximum: Int
        let minimum: Int
        let spacing: SchedulerConfiguration.TimestepSpacing

        enum CodingKeys: String, CodingKey {
            case steps
            case maximum = "t_max"
            case minimum = "t_min"
            case spacing = "discretization"
        }
    }

    struct Blending: Decodable {
        let chunk: Int
        let overlap: Int
        let chunks: Int
        let frames: Int
        let draws: [Int]

        enum CodingKeys: String, CodingKey {
            case chunk, overlap, frames, draws
            case chunks = "n_chunks"
        }
    }

    struct Denoise: Decodable {
        let type: LogSNRSchedule.PredictionType
        let scale: Double?
        let rescale: Double?
        let clamp: Double?
        let percentile: Double?
        let timestep: Int

        enum CodingKeys: String, CodingKey {
            case clamp, percentile
            case type = "prediction_type"
            case scale = "guide_scale"
            case rescale = "guide_rescale"
            case timestep = "t"
        }
    }

    struct Trajectory: Decodable {
        let chunk: Int
        let overlap: Int
        let chunks: Int
        let steps: Int
        let maximum: Int
        let spacing: SchedulerConfiguration.TimestepSpacing
        let eta: Double
        let scale: Double?
        let rescale: Double?
        let correction: DPMSolverSDEScheduler.Correction
        let frames: Int
        let draws: [[Int]]
        let noiseCalls: Int

        enum CodingKeys: String, CodingKey {
            case steps, eta, frames, draws
            case chunk = "C"
            case overlap = "O"
            case chunks = "n"
            case maximum = "t_max"
            case spacing = "disc"
            case scale = "gs"
            case rescale = "gr"
            case correction = "st"
            case noiseCalls = "noise_calls"
        }
    }

    struct Toy: Decodable {
        let cond: [Double]
        let uncond: [Double]
    }

    struct Picture: Decodable {
        let heightAndWidth: [Int]
        let target: [Int]

        enum CodingKeys: String, CodingKey {
            case heightAndWidth = "in_hw"
            case target = "target_wh"
        }
    }

    let schedule: [String: LogSNRSchedule.Configuration]
    let steps: [String: Steps]
    let blending: [String: Blending]
    let denoise: [String: Denoise]
    let toy: Toy
    let trajectory: [String: Trajectory]
    let prepost: [String: Picture]

    static func load() throws -> EnhancerIndex {
        try EnhancerFixtures.decode(EnhancerIndex.self, from: "index.json")
    }
}
