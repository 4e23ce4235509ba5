;; An objective whose allocator fails when its host wants to hand it a text, its arguments. `y = x` where `x` is not negative; -1:
;; a trap; -2: an address beyond its memory; -3: an address that ends beyond 32 bits; -4: the same address each time, as if
;; nothing were there.
(module
  (import "rush:worker/context@0.1.0" "args" (func $args (param i32)))
  (memory (export "memory") 1)
  (global $how (mut f64) (f64.const 0))
  ;; Memory is given out from 1024 on, and all of it is free again with the next evaluation.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (if (f64.eq (global.get $how) (f64.const -1)) (then unreachable))
    (if (f64.eq (global.get $how) (f64.const -2)) (then (return (i32.const 0x7fffffff))))
    (if (f64.eq (global.get $how) (f64.const -3)) (then (return (i32.const 0xffffffff))))
    (if (f64.eq (global.get $how) (f64.const -4)) (then (return (i32.const 1024))))
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "rush:worker/evaluator@0.1.0#evaluate") (param $xs i32) (param i32) (result i32)
    (local $x f64)
    (global.set $free (i32.const 1024))
    ;; The value of the first field.
    (local.set $x (f64.load offset=16 (local.get $xs)))
    (if (f64.lt (local.get $x) (f64.const 0)) (then
      (global.set $how (local.get $x))
      (call $args (i32.const 32))))
    (f64.store (i32.const 112) (local.get $x))
    (i32.const 64))
  ;; `ok` with one field: its name is at 16, its value, a number, at 112.
  (data (i32.const 16) "y")
  (data (i32.const 64) "\00\00\00\00\60\00\00\00\01\00\00\00")
  (data (i32.const 96) "\10\00\00\00\01\00\00\00\03"))
