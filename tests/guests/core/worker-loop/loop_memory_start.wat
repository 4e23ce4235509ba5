;; A worker loop that begins with a gigabyte of memory.
(module
  (memory (export "memory") 16384)
  (func (export "run") (result i32)
    ;; `ok`: the first byte at the address is 0.
    (i32.const 64)))
