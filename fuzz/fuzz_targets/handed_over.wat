;; An objective whose memory begins with the file `memory` of its data, and that takes from there all that it hands to the host:
;; byte 0: the level of a message, none from 128 on; 4 and 8: address and length of its logger; 12 and 16: of the message; 20: the address of
;; what `evaluate` returns.
(component
  (import "rush:worker/types@0.1.0" (instance $types
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
  (alias export $types "fields" (type $fields))
  (alias export $types "condition" (type $condition))
  (import "rush:worker/context@0.1.0" (instance $context
    (export "data" (func (param "name" string) (result (option (list u8)))))))
  (import "rush:worker/log@0.1.0" (instance $log
    (type $level' (enum "trace" "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "logger" string) (param "message" string)))))

  ;; Whatever the host asks room for lies at the beginning.
  (core module $libc
    (memory (export "memory") 4)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $libc (instantiate $libc))
  (core func $data (canon lower (func $context "data")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $log (canon lower (func $log "log") (memory (core memory $libc "memory"))))

  (core module $module
    (import "libc" "memory" (memory 4))
    (import "host" "data" (func $data (param i32 i32 i32)))
    (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
    (data (i32.const 200000) "memory")
    (func (export "evaluate") (param i32 i32) (result i32)
      (call $data (i32.const 200000) (i32.const 6) (i32.const 200016))
      (if (i32.lt_u (i32.load8_u (i32.const 0)) (i32.const 128))
        (then (call $log (i32.load8_u (i32.const 0))
          (i32.load (i32.const 4)) (i32.load (i32.const 8))
          (i32.load (i32.const 12)) (i32.load (i32.const 16)))))
      (i32.load (i32.const 20))))
  (core instance $instance (instantiate $module
    (with "libc" (instance $libc))
    (with "host" (instance (export "data" (func $data)) (export "log" (func $log))))))
  (func $evaluate (param "xs" $fields) (result (result $fields (error $condition)))
    (canon lift (core func $instance "evaluate")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (instance $evaluator (export "evaluate" (func $evaluate)))
  (export "rush:worker/evaluator@0.1.0" (instance $evaluator)))
