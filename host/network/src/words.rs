//! Words for friendly worker names.

/// Adjectives, all of them kind.
pub(crate) const ADJECTIVES: &[&str] = &[
    "able", "agile", "airy", "amber", "ample", "apt", "azure", "balmy", "bold", "brave", "breezy", "bright", "brisk",
    "calm", "candid", "careful", "cheery", "civil", "clear", "clever", "cosy", "crisp", "curious", "daring", "deft",
    "eager", "early", "earnest", "easy", "elegant", "fair", "fast", "fine", "fleet", "fluent", "fond", "fresh", "gentle",
    "glad", "golden", "grand", "green", "handy", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind", "lively",
    "loyal", "lucid", "lucky", "mellow", "merry", "mighty", "mild", "modest", "neat", "nimble", "noble", "patient",
    "placid", "plucky", "polite", "prime", "proud", "quick", "quiet", "rapid", "ready", "roomy", "rosy", "serene", "sharp",
    "shiny", "silent", "silver", "sleek", "smart", "smooth", "snug", "sober", "solid", "sound", "steady", "stout", "sunny",
    "swift", "tidy", "tranquil", "true", "trusty", "upbeat", "valiant", "vivid", "warm", "wise", "witty", "zesty",
];

/// Animals.
pub(crate) const ANIMALS: &[&str] = &[
    "albatross", "alpaca", "ant", "antelope", "badger", "bat", "bear", "beaver", "bee", "bison", "bobcat", "buffalo",
    "camel", "caribou", "cat", "cheetah", "chipmunk", "cod", "condor", "coyote", "crab", "crane", "cricket", "crow", "deer",
    "dingo", "dolphin", "dove", "duck", "eagle", "eel", "egret", "elk", "falcon", "ferret", "finch", "fox", "frog",
    "gazelle", "gecko", "gibbon", "giraffe", "goat", "goose", "grouse", "gull", "hamster", "hare", "hawk", "heron", "horse",
    "ibex", "ibis", "jackal", "jaguar", "jay", "kestrel", "koala", "lark", "lemur", "leopard", "lion", "lizard", "llama",
    "lobster", "lynx", "magpie", "marmot", "marten", "mole", "moose", "moth", "mouse", "newt", "ocelot", "octopus", "okapi",
    "orca", "oriole", "otter", "owl", "panda", "panther", "parrot", "pelican", "penguin", "pony", "puffin", "puma", "quail",
    "rabbit", "raven", "robin", "salmon", "seal", "shrew", "sloth", "snail", "sparrow", "squid", "squirrel", "stork",
    "swallow", "swan", "tapir", "tern", "thrush", "tiger", "toad", "trout", "turtle", "viper", "vole", "walrus", "weasel",
    "whale", "wolf", "wombat", "wren", "yak", "zebra",
];
