# Short names; `cargo xtask` does the work, so `just` is not needed.

# what there is
default:
    @just --list

# sets up, builds, and runs an example
demo:
    cargo xtask demo

# sets up, builds, and runs every test; arguments go to `cargo test`
test *arguments:
    cargo xtask test {{arguments}}

# builds plugins and test guests as components
guests *names:
    cargo xtask guests {{names}}

# measures what we claim about speed
bench *arguments:
    cargo xtask bench {{arguments}}

# generates the JSON Schema of run files
schema *arguments:
    cargo xtask schema {{arguments}}

# generates the C bindings of the contract
bindings *arguments:
    cargo xtask bindings {{arguments}}

# installs or builds what is missing on this machine
setup *arguments:
    cargo xtask setup {{arguments}}

# what must hold before a change is taken
ci:
    .ci/run
