;; An objective of a contract that does not exist yet: it wants a function that its interface does not have.
(component
  (import "rush:worker/context@0.1.0" (instance
    (export "seed" (func (result u64)))
    (export "deadline" (func (result u64)))))
  (import "rush:worker/types@0.1.0" (instance $types
    (type $value' (variant
      (case "null") (case "boolean" bool) (case "integer" s64) (case "number" f64) (case "text" string)
      (case "bytes" (list u8)) (case "integers" (list s64)) (case "numbers" (list f64)) (case "texts" (list string))
      (case "json" string)))
    (export "value" (type $value (eq $value')))
    (type $field' (record (field "name" string) (field "value" $value)))
    (export "field" (type $field (eq $field')))
    (type $fields' (list $field))
    (export "fields" (type $fields (eq $fields')))
    (type $condition' (record (field "kind" string) (field "message" string) (field "details" $fields)))
    (export "condition" (type (eq $condition')))))
  (alias export $types "fields" (type $fields))
  (alias export $types "condition" (type $condition))
  (core module $module
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at))
    ;; Answers with the fields that it was given.
    (func (export "evaluate") (param i32 i32) (result i32)
      (i32.store (i32.const 4) (local.get 0))
      (i32.store (i32.const 8) (local.get 1))
      (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func $evaluate (param "xs" $fields) (result (result $fields (error $condition)))
    (canon lift (core func $instance "evaluate")
      (memory (core memory $instance "memory")) (realloc (core func $instance "realloc"))))
  (instance $evaluator (export "evaluate" (func $evaluate)))
  (export "rush:worker/evaluator@0.1.0" (instance $evaluator)))
