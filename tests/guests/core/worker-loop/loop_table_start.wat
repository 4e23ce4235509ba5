;; A worker loop that begins with a table of five million elements.
(module
  (memory (export "memory") 1)
  (table 5000000 funcref)
  (func (export "run") (result i32)
    ;; `ok`: the first byte at the address is 0.
    (i32.const 64)))
