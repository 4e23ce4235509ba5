;; A worker loop that logs its arguments, and then the bytes of its file `train` as if they were text.
(component
  (import "rush:worker/context@0.1.0" (instance $context
    (export "args" (func (result string)))
    (export "data" (func (param "name" string) (result (option (list u8)))))))
  (import "rush:worker/log@0.1.0" (instance $log
    (type $levels (enum "trace" "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $levels)))
    (export "log" (func (param "level" $level) (param "logger" string) (param "message" string)))))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    ;; Only ever asked for bytes, so nothing needs to be aligned.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $args (canon lower (func $context "args") (memory $memory) (realloc $realloc)))
  (core func $data (canon lower (func $context "data") (memory $memory) (realloc $realloc)))
  (core func $log (canon lower (func $log "log") (memory $memory)))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "host" "args" (func $args (param i32)))
    (import "host" "data" (func $data (param i32 i32 i32)))
    (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
    (data (i32.const 16) "argsdatatrain")
    (func (export "run") (result i32)
      ;; A string comes back as address and length, at 64.
      (call $args (i32.const 64))
      (call $log (i32.const 2) (i32.const 16) (i32.const 4) (i32.load (i32.const 64)) (i32.load (i32.const 68)))
      ;; An optional list: whether it is there, address, length.
      (call $data (i32.const 24) (i32.const 5) (i32.const 64))
      (if (i32.eqz (i32.load8_u (i32.const 64))) (then unreachable))
      (call $log (i32.const 2) (i32.const 20) (i32.const 4) (i32.load (i32.const 68)) (i32.load (i32.const 72)))
      ;; `ok`: the byte at 0 is 0.
      i32.const 0))
  (core instance $instance (instantiate $main
    (with "libc" (instance $libc))
    (with "host" (instance
      (export "args" (func $args)) (export "data" (func $data)) (export "log" (func $log))))))
  (func (export "run") (result (result (error string)))
    (canon lift (core func $instance "run") (memory $memory))))
