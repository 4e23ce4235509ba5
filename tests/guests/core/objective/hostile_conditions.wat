;; An objective whose failures hold what no task can. `y = x` where `x` is not negative; -1: a detail of five megabytes; -2: two details of
;; one name; -3: a backtrace of its own; -4: JSON that is none; -5: a kind of five megabytes; -6: a message of five megabytes; -7: values
;; of one name twice.
(module
  (memory (export "memory") 120)
  ;; Memory is given out from 1024 on, and all of it is free again with the next evaluation.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  ;; Whether x is this, which is negative.
  (global $x (mut f64) (f64.const 0))
  (func $is (param $x f64) (result i32) (f64.eq (global.get $x) (local.get $x)))
  (func (export "rush:worker/evaluator@0.1.0#evaluate") (param $xs i32) (param i32) (result i32)
    (global.set $free (i32.const 1024))
    ;; The value of the first field.
    (global.set $x (f64.load offset=16 (local.get $xs)))
    (f64.store (i32.const 112) (global.get $x))
    (if (f64.ge (global.get $x) (f64.const 0)) (then (return (i32.const 64))))
    (if (call $is (f64.const -7)) (then
      (f64.store (i32.const 136) (global.get $x))
      (return (i32.const 144))))
    ;; `err` with the kind "y", the message "y", and one detail, at 304: the text "y".
    (i32.store8 (i32.const 200) (i32.const 1))
    (call $text (i32.const 204) (i32.const 16) (i32.const 1))
    (call $text (i32.const 212) (i32.const 16) (i32.const 1))
    (call $text (i32.const 220) (i32.const 304) (i32.const 1))
    (call $text (i32.const 304) (i32.const 16) (i32.const 1))
    (i32.store8 (i32.const 312) (i32.const 4))
    (call $text (i32.const 320) (i32.const 16) (i32.const 1))
    ;; Five megabytes.
    (memory.fill (i32.const 2048) (i32.const 0x61) (i32.const 5242880))
    (if (call $is (f64.const -1)) (then (call $text (i32.const 320) (i32.const 2048) (i32.const 5242880))))
    (if (call $is (f64.const -2)) (then
      (i32.store (i32.const 224) (i32.const 2))
      (call $text (i32.const 328) (i32.const 16) (i32.const 1))
      (i32.store8 (i32.const 336) (i32.const 4))
      (call $text (i32.const 344) (i32.const 16) (i32.const 1))))
    (if (call $is (f64.const -3)) (then (call $text (i32.const 304) (i32.const 32) (i32.const 9))))
    (if (call $is (f64.const -4)) (then
      (i32.store8 (i32.const 312) (i32.const 9))
      (call $text (i32.const 320) (i32.const 48) (i32.const 1))))
    (if (call $is (f64.const -5)) (then (call $text (i32.const 204) (i32.const 2048) (i32.const 5242880))))
    (if (call $is (f64.const -6)) (then (call $text (i32.const 212) (i32.const 2048) (i32.const 5242880))))
    (i32.const 200))
  ;; Writes where a text or a list is, and how long.
  (func $text (param $to i32) (param $at i32) (param $length i32)
    (i32.store (local.get $to) (local.get $at))
    (i32.store offset=4 (local.get $to) (local.get $length)))
  (data (i32.const 16) "y")
  (data (i32.const 32) "backtrace")
  (data (i32.const 48) "{")
  ;; `ok` with one field: its name is at 16, its value, a number, at 112; at 144 the same with two.
  (data (i32.const 64) "\00\00\00\00\60\00\00\00\01\00\00\00")
  (data (i32.const 96) "\10\00\00\00\01\00\00\00\03")
  (data (i32.const 120) "\10\00\00\00\01\00\00\00\03")
  (data (i32.const 144) "\00\00\00\00\60\00\00\00\02\00\00\00"))
