;; A worker loop that would open sockets, which the host does not offer.
(component
  (import "wasi:sockets/instance-network@0.2.0" (instance $network
    (export "network" (type $network (sub resource)))
    (export "instance-network" (func (result (own $network))))))
  (core func $network (canon lower (func $network "instance-network")))
  (core module $module
    (import "network" "network" (func $network (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      (drop (call $network))
      ;; `ok`: the first byte at the address is 0.
      i32.const 0))
  (core instance $instance (instantiate $module
    (with "network" (instance (export "network" (func $network))))))
  (func (export "run") (result (result (error string)))
    (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))
