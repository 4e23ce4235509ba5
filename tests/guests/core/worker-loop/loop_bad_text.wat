;; A worker loop that hands over bytes which are not UTF-8. It finishes queued tasks with `y = x` where `x` is not negative; -1: in a
;; log message; -2: as the name of a field; -3: as a result; -4: as the error that it ends with.
(module
  (import "rush:worker/tasks@0.1.0" "pop" (func $pop (param i32 i32)))
  (import "rush:worker/tasks@0.1.0" "finish" (func $finish (param i32 i32 i32)))
  (import "rush:worker/worker@0.1.0" "terminated" (func $terminated (result i32)))
  (import "rush:worker/log@0.1.0" "log" (func $log (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 32) "a\ff\fe")
  ;; Memory is given out from 4096 on, and all of it is free again with the next task.
  (global $free (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "run") (result i32)
    (local $x f64)
    (block $end
      (loop $next
        (br_if $end (call $terminated))
        (global.set $free (i32.const 4096))
        (call $pop (i32.const 1000) (i32.const 256))
        (br_if $end (i32.load8_u (i32.const 256)))
        ;; No task yet.
        (br_if $next (i32.eqz (i32.load8_u (i32.const 264))))
        ;; The value of the first field of its xs.
        (local.set $x (f64.load offset=16 (i32.load (i32.const 280))))
        (i32.store (i32.const 160) (i32.load (i32.const 268)))
        (i32.store (i32.const 164) (i32.load (i32.const 272)))
        (f64.store (i32.const 112) (local.get $x))
        (if (f64.eq (local.get $x) (f64.const -1)) (then
          (call $log (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 32) (i32.const 3))))
        (if (f64.eq (local.get $x) (f64.const -2)) (then
          (i32.store (i32.const 96) (i32.const 32))
          (i32.store (i32.const 100) (i32.const 3))))
        (if (f64.eq (local.get $x) (f64.const -3)) (then
          (i32.store8 (i32.const 104) (i32.const 4))
          (i32.store (i32.const 112) (i32.const 32))
          (i32.store (i32.const 116) (i32.const 3))))
        (if (f64.eq (local.get $x) (f64.const -4)) (then
          (i32.store8 (i32.const 64) (i32.const 1))
          (i32.store (i32.const 68) (i32.const 32))
          (i32.store (i32.const 72) (i32.const 3))
          (return (i32.const 64))))
        (call $finish (i32.const 160) (i32.const 1) (i32.const 512))
        (br $next)))
    ;; `ok`: the first byte at the address is 0.
    (i32.const 64))
  ;; At 160 an outcome: its key is the task's, and it has one field. The name of that is at 16, its value, a number, at 112.
  (data (i32.const 16) "y")
  (data (i32.const 96) "\10\00\00\00\01\00\00\00\03")
  (data (i32.const 168) "\60\00\00\00\01\00\00\00"))
