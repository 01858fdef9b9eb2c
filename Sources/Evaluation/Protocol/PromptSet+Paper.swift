extension PromptSet {
    /// The paper's 50 prompts in their order, with the mistakes that they are printed with.
    ///
    /// Source: Henschel et al., StreamingT2V, supplement, section "Test set prompts".
    public static let paper = PromptSet(
        name: "paper", prompts: paperPrompts)

    private static let paperPrompts = [
        "A camel resting on the snow field.",
        "Camera following a pack of crows flying in the sky.",
        "A knight riding on a horse through the countryside.",
        "A gorilla eats a banana in Central Park.",
        "Men walking in the rain.",
        "Ants, beetles and centipede nest.",
        "A squirrel on a table full of big nuts.",
        "Close flyover over a large wheat field in the early morning sunlight.",
        "A squirrel watches with sweet eyes into the camera.",
        "Santa Claus is dancing.",
        "Chemical reaction.",
        "Camera moving in a wide bright ice cave, cyan.",
        "Prague, Czech Republic. Heavy rain on the street.",
        "Time-lapse of stormclouds during thunderstorm.",
        "People dancing in room filled with fog and colorful lights.",
        "Big celebration with fireworks.",
        "Aerial view of a large city.",
        "Wide shot of battlefield, stormtroopers running at night, fires and smokes and "
            + "explosions in background.",
        "Explosion.",
        "Drone flythrough of a tropical jungle with many birds.",
        "A camel running on the snow field.",
        "Fishes swimming in ocean camera moving.",
        "A squirrel in Antarctica, on a pile of hazelnuts cinematic.",
        "Fluids mixing and changing colors, closeup.",
        "A horse eating grass on a lawn.",
        "The fire in the car is extinguished by heavy rain.",
        "Camera is zooming out and the baby starts to cry.",
        "Flying through nebulas and stars.",
        "A kitten resting on a ball of wool.",
        "A musk ox grazing on beautiful wildflowers.",
        "A hummingbird flutters among colorful flowers, its wings beating rapidly.",
        "A knight riding a horse, pointing with his lance to the sky.",
        "steampunk robot looking at the camera.",
        "Drone fly to a mansion in a tropical forest.",
        "Top-down footage of a dirt road in forest.",
        "Camera moving closely over beautiful roses blooming time-lapse.",
        "A tiger eating raw meat on the street.",
        "A beagle looking in the Louvre at a painting.",
        "A beagle reading a paper.",
        "A panda playing guitar on Times Square.",
        "A young girl making selfies with her phone in a crowded street.",
        "Aerial: flying above a breathtaking limestone structure on a serene and exotic island.",
        "Aerial: Hovering above a picturesque mountain range on a peaceful and idyllic "
            + "island getaway.",
        "A time-lapse sequence illustrating the stages of growth in a flourishing field of corn.",
        "Documenting the growth cycle of vibrant lavender flowers in a mesmerizing time-lapse.",
        "Around the lively streets of Corso Como, a fearless urban rabbit hopped "
            + "playfully, seemingly unfazed by the fashionable surroundings.",
        "Beside the Duomo's majestic spires, a fearless falcon soared, riding the "
            + "currents of air above the iconic cathedral.",
        "A graceful heron stood poised near the reflecting pools of the Duomo, adding a "
            + "touch of tranquility to the vibrant surroundings.",
        "A woman with a camera in hand joyfully skipped along the perimeter of the Duomo, "
            + "capturing the essence of the moment.",
        "Beside the ancient amphitheater of Taormina, a group of friends enjoyed a "
            + "leisurely picnic, taking in the breathtaking views.",
    ]
}
