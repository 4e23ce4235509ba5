;; An objective that answers `y = x`, where x is the first of its xs, a number; what it does with a negative x is up to the function
;; `$misbehave`, which tests put into the module.
(component
  (type $types' (instance
    (type $value' (variant
      (case "null") (case "boolean" bool) (case "integer" s64) (case "number" f64) (case "text" string)
      (case "bytes" (list u8)) (case "integers" (list s64)) (case "numbers" (list f64))
      (case "texts" (list string)) (case "json" string)))
    (export "value" (type $value (eq $value')))
    (type $field' (record (field "name" string) (field "value" $value)))
    (export "field" (type $field (eq $field')))
    (type $fields' (list $field))
    (export "fields" (type $fields (eq $fields')))
    (type $condition' (record (field "kind" string) (field "message" string) (field "details" $fields)))
    (export "condition" (type (eq $condition')))))
  (import "rush:worker/types@0.1.0" (instance $types (type $types')))
  (alias export $types "fields" (type $fields))
  (alias export $types "condition" (type $condition))
  (import "rush:worker/log@0.1.0" (instance $log
    (type $level' (enum "trace" "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "logger" string) (param "message" string)))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $log (canon lower (func $log "log") (memory (core memory $libc "memory"))))
  (core module $module
    (import "libc" "memory" (memory 1))
    (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
    (global $free (mut i32) (i32.const 4096))
    ;; "y", and the field y, and a list of it that is fine.
    (data (i32.const 16) "y")
    (data (i32.const 32) "\10\00\00\00\01\00\00\00\03")
    (data (i32.const 64) "\00\00\00\00\20\00\00\00\01\00\00\00")
    MISBEHAVE
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at))
    (func (export "evaluate") (param $xs i32) (param $count i32) (result i32)
      (global.set $free (i32.const 4096))
      (f64.store (i32.const 48) (f64.load offset=16 (local.get $xs)))
      (if (f64.lt (f64.load (i32.const 48)) (f64.const 0))
        (then (return (call $misbehave (i32.const 64)))))
      (i32.const 64)))
  (core instance $instance (instantiate $module
    (with "libc" (instance $libc))
    (with "host" (instance (export "log" (func $log))))))
  (func $evaluate (param "xs" $fields) (result (result $fields (error $condition)))
    (canon lift (core func $instance "evaluate")
      (memory (core memory $libc "memory")) (realloc (core func $instance "realloc"))))
  (instance $evaluator (export "evaluate" (func $evaluate)))
  (export "rush:worker/evaluator@0.1.0" (instance $evaluator)))
