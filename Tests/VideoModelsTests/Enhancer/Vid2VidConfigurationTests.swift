import Foundation
import Testing
import Torch

@testable import VideoModels

@Suite struct Vid2VidConfigurationTests {
    private func decoded(_ json: String) throws -> Vid2VidConfiguration {
        try JSONDecoder().decode(Vid2VidConfiguration.self, from: Data(json.utf8))
    }

    @Test func publishedSizesAreTheDefault() throws {
        let configuration = try decoded("{}")
        #expect(configuration == Vid2VidConfiguration())
        try configuration.validate()
        #expect(configuration.hasAttention == [true, true, true, false])
        #expect(configuration.network.blockOutChannels == [320, 640, 1280, 1280])
        #expect(configuration.network.timeChannels == 1280)
    }

    @Test func fieldsHaveTheNamesOfTheRelease() throws {
        let configuration = try decoded(
            """
            {"in_dim": 5, "dim": 64, "context_dim": 12, "out_dim": 6, "dim_mult": [2, 3],
            "num_heads": 3, "head_dim": 16, "num_res_blocks": 1, "attn_scales": [0.5],
            "norm_num_groups": 4}
            """)
        try configuration.validate()
        #expect(configuration.inChannels == 5)
        #expect(configuration.outChannels == 6)
        #expect(configuration.contextDimension == 12)
        #expect(configuration.hasAttention == [false, true])
        #expect(configuration.network.blockOutChannels == [128, 192])
        #expect(configuration.network.timeChannels == 256)
        #expect(configuration.firstHeads * configuration.headDimension == 48)
        let copy = try JSONDecoder().decode(
            Vid2VidConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(copy == configuration)
    }

    @Test(arguments: [
        ("in_dim", "0"), ("dim", "-32"), ("dim", "70000"), ("dim", "48"), ("context_dim", "0"),
        ("out_dim", "0"), ("dim_mult", "[]"), ("dim_mult", "[1, 0]"),
        ("dim_mult", "[1, 1, 1, 1, 1, 1, 1, 1, 1]"), ("num_heads", "0"), ("head_dim", "0"),
        ("head_dim", "640"), ("num_res_blocks", "0"), ("attn_scales", "[0.3]"),
        ("attn_scales", "[2]"), ("attn_scales", "[0]"), ("norm_num_groups", "0"),
    ])
    func namesTheFieldThatBreaksItsRule(field: String, value: String) throws {
        let configuration = try decoded("{\"\(field)\": \(value)}")
        var named: String?
        do throws(ConfigurationError) {
            try configuration.validate()
        } catch {
            if case .invalid(let field, _) = error { named = field }
        }
        #expect(named == field)
    }

    /// Half of the first channels are sines, half cosines of the time step.
    @Test func firstChannelsAreEven() throws {
        let configuration = try decoded(#"{"dim": 65, "norm_num_groups": 5}"#)
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }

    /// Heights shrink to half and one more, and come back.
    @Test(arguments: [
        (90, 160, 90, 160), (91, 161, 98, 168), (1, 1, 2, 8), (2, 8, 2, 8), (3, 9, 10, 16),
        (83, 152, 90, 152),
    ])
    func findsTheNextSizeThatFits(
        height: Int, width: Int, fittingHeight: Int, fittingWidth: Int
    ) throws {
        let configuration = Vid2VidConfiguration()
        let fitting = configuration.fittingSize(height: height, width: width)
        #expect(fitting == (fittingHeight, fittingWidth))
        try configuration.requireFitting(height: fitting.height, width: fitting.width)
        var (rows, columns) = (fitting.height, fitting.width)
        for _ in 1..<configuration.multipliers.count {
            let (halfRows, halfColumns) = ((rows + 1) / 2 + 1, (columns + 1) / 2)
            #expect(2 * halfRows - 2 == rows)
            #expect(2 * halfColumns == columns)
            (rows, columns) = (halfRows, halfColumns)
        }
    }

    @Test func refusesOtherSizesWithOneThatFits() throws {
        let configuration = Vid2VidConfiguration()
        #expect(
            throws: TensorError.shapeMismatch(
                place: "video-to-video UNet",
                expected: "latents whose height is 2 more than a multiple of 8 and whose width is "
                    + "a multiple of 8, such as 90 by 96", actual: [88, 90])
        ) { try configuration.requireFitting(height: 88, width: 90) }
    }
}
