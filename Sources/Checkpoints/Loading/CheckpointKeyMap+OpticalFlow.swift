extension CheckpointKeyMap {
    /// The state dict of torchvision's `raft_large`.
    public static let raftLarge = CheckpointKeyMap(
        .rename("featureEncoder", to: "feature_encoder"),
        .rename("contextEncoder", to: "context_encoder"),
        .rename("stem", to: "convnormrelu"),
        .rename("first", to: "convnormrelu1"),
        .rename("second", to: "convnormrelu2"),
        .rename("shortcut", to: "downsample"),
        .rename("convolution", to: "0"),
        .rename("norm", to: "1"),
        .rename("runningMean", to: "running_mean"),
        .rename("runningVariance", to: "running_var"),
        .rename("updateBlock", to: "update_block"),
        .rename("motionEncoder.correlation1", to: "motion_encoder.convcorr1.0"),
        .rename("motionEncoder.correlation2", to: "motion_encoder.convcorr2.0"),
        .rename("motionEncoder.flow1", to: "motion_encoder.convflow1.0"),
        .rename("motionEncoder.flow2", to: "motion_encoder.convflow2.0"),
        .rename("motionEncoder.output", to: "motion_encoder.conv.0"),
        .rename("recurrentBlock.rows", to: "recurrent_block.convgru1"),
        .rename("recurrentBlock.columns", to: "recurrent_block.convgru2"),
        .rename("updateGate", to: "convz"),
        .rename("resetGate", to: "convr"),
        .rename("candidate", to: "convq"),
        .rename("flowHead", to: "flow_head"),
        .rename("upsampling.hidden", to: "mask_predictor.convrelu.0"),
        .rename("upsampling.output", to: "mask_predictor.conv"),
        // How many batches the statistics were gathered from plays no part in inference.
        .ignore("context_encoder.convnormrelu.1.num_batches_tracked"),
        .ignore("context_encoder.*.*.*.1.num_batches_tracked"))
}
