;; An objective that hands over bytes which are not UTF-8. `y = x` where `x` is not negative; -1: as the name of a field; -2: as a
;; text; -3: in a log message.
(module
  (import "rush:worker/log@0.1.0" "log" (func $log (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "a\ff\fe")
  ;; Memory is given out from 1024 on, and all of it is free again with the next evaluation.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "rush:worker/evaluator@0.1.0#evaluate") (param $xs i32) (param i32) (result i32)
    (local $x f64)
    (global.set $free (i32.const 1024))
    ;; The value of the first field.
    (local.set $x (f64.load offset=16 (local.get $xs)))
    (if (f64.lt (local.get $x) (f64.const 0)) (then
      (if (f64.eq (local.get $x) (f64.const -1)) (then
        (i32.store (i32.const 96) (i32.const 32))
        (i32.store (i32.const 100) (i32.const 3))
        (return (i32.const 64))))
      (if (f64.eq (local.get $x) (f64.const -2)) (then
        (i32.store8 (i32.const 104) (i32.const 4))
        (i32.store (i32.const 112) (i32.const 32))
        (i32.store (i32.const 116) (i32.const 3))
        (return (i32.const 64))))
      (if (f64.eq (local.get $x) (f64.const -3)) (then
        (call $log (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 32) (i32.const 3))))))
    (f64.store (i32.const 112) (local.get $x))
    (i32.const 64))
  ;; `ok` with one field: its name is at 16, its value, a number, at 112.
  (data (i32.const 16) "y")
  (data (i32.const 64) "\00\00\00\00\60\00\00\00\01\00\00\00")
  (data (i32.const 96) "\10\00\00\00\01\00\00\00\03"))
