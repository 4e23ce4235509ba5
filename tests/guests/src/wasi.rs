//! What guests of these tests ask of WASI. Only what a guest calls becomes an import of its component.
#![expect(missing_docs, clippy::pedantic, reason = "generated, with the words of WASI")]

wit_bindgen::generate!({
    inline: r#"
        package test:guests;

        world asks {
            import wasi:cli/environment@0.2.0;
            import wasi:cli/exit@0.2.0;
            import wasi:cli/stdin@0.2.0;
            import wasi:cli/stdout@0.2.0;
            import wasi:cli/stderr@0.2.0;
            import wasi:clocks/monotonic-clock@0.2.0;
            import wasi:clocks/wall-clock@0.2.0;
            import wasi:random/random@0.2.0;
            import wasi:filesystem/preopens@0.2.0;
        }

        package wasi:io@0.2.0 {
            interface error { resource error; }
            interface poll {
                resource pollable { block: func(); }
                poll: func(in: list<borrow<pollable>>) -> list<u32>;
            }
            interface streams {
                use error.{error};
                variant stream-error { last-operation-failed(error), closed }
                resource input-stream {
                    blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
                }
                resource output-stream {
                    blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                }
            }
        }

        package wasi:cli@0.2.0 {
            interface environment {
                get-environment: func() -> list<tuple<string, string>>;
                get-arguments: func() -> list<string>;
                initial-cwd: func() -> option<string>;
            }
            interface exit { exit: func(status: result); }
            interface stdin {
                use wasi:io/streams@0.2.0.{input-stream};
                get-stdin: func() -> input-stream;
            }
            interface stdout {
                use wasi:io/streams@0.2.0.{output-stream};
                get-stdout: func() -> output-stream;
            }
            interface stderr {
                use wasi:io/streams@0.2.0.{output-stream};
                get-stderr: func() -> output-stream;
            }
        }

        package wasi:clocks@0.2.0 {
            interface monotonic-clock {
                use wasi:io/poll@0.2.0.{pollable};
                now: func() -> u64;
                subscribe-duration: func(when: u64) -> pollable;
            }
            interface wall-clock {
                record datetime { seconds: u64, nanoseconds: u32 }
                now: func() -> datetime;
            }
        }

        package wasi:random@0.2.0 {
            interface random { get-random-u64: func() -> u64; }
        }

        package wasi:filesystem@0.2.0 {
            interface types {
                enum error-code {
                    access, would-block, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large,
                    illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop, too-many-links,
                    message-size, name-too-long, no-device, no-entry, no-lock, insufficient-memory, insufficient-space,
                    not-directory, not-empty, not-recoverable, unsupported, no-tty, no-such-device, overflow,
                    not-permitted, pipe, read-only, invalid-seek, text-file-busy, cross-device,
                }
                flags path-flags { symlink-follow }
                flags open-flags { create, directory, exclusive, truncate }
                flags descriptor-flags {
                    read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory,
                }
                resource descriptor {
                    open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags)
                        -> result<descriptor, error-code>;
                    read: func(length: u64, offset: u64) -> result<tuple<list<u8>, bool>, error-code>;
                    write: func(buffer: list<u8>, offset: u64) -> result<u64, error-code>;
                }
            }
            interface preopens {
                use types.{descriptor};
                get-directories: func() -> list<tuple<descriptor, string>>;
            }
        }
    "#,
    generate_all,
});
