;; A worker loop that exits like a command: `wasi:cli/exit` with a failure, before it has pushed anything.
(component
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (export "exit" (func (param "status" (result))))))
  (core func $exit (canon lower (func $exit "exit")))
  (core module $module
    (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      ;; 1 is the failure of `result`.
      (call $exit (i32.const 1))
      unreachable))
  (core instance $instance (instantiate $module
    (with "wasi:cli/exit@0.2.0" (instance (export "exit" (func $exit))))))
  (func (export "run") (result (result (error string)))
    (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))
