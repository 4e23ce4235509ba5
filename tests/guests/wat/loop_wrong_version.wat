;; A worker loop of a contract that does not exist yet: it wants another version of an interface.
(component
  (import "rush:worker/context@0.2.0" (instance (export "seed" (func (result u64)))))
  (core module $module
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      ;; `ok`: the first byte at the address is 0.
      (i32.const 64)))
  (core instance $instance (instantiate $module))
  (func (export "run") (result (result (error string)))
    (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))
