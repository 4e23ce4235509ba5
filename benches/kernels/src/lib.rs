//! What objectives are made of: dot products, a matrix product, an ensemble of trees. The same code natively and as a component, so that
//! the ratio of their times is what the sandbox costs.
//!
//! Sums have several accumulators, as a compiler may not reorder the additions of one: with the vectors of the machine, or those of
//! WebAssembly (`simd128`), two numbers are added at once. All functions are inlined into their callers, so that these decide about
//! instructions.
#![expect(
    clippy::inline_always,
    reason = "a function has the instructions of the one that it is inlined into"
)]

/// A kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The dot product of two vectors of so many numbers.
    Dot,
    /// The product of two square matrices with so many rows.
    Matrix,
    /// So many rows, predicted by an ensemble of 100 trees of depth 6.
    Trees,
}

/// All of them, with their names.
pub const KERNELS: [(&str, Kernel); 3] =
    [("dot", Kernel::Dot), ("matrix", Kernel::Matrix), ("trees", Kernel::Trees)];

impl Kernel {
    /// The kernel of this name.
    pub fn named(name: &str) -> Option<Self> {
        KERNELS.iter().find(|(known, _)| *known == name).map(|&(_, kernel)| kernel)
    }
}

/// Runs a kernel so often on made-up data of this size: a checksum.
#[inline(always)]
#[must_use]
pub fn run(kernel: Kernel, size: usize, repeats: usize) -> f64 {
    let mut numbers = Numbers(1);
    let mut sum = 0.0;
    match kernel {
        Kernel::Dot => {
            let (left, mut right) = (numbers.take(size), numbers.take(size));
            for _ in 0..repeats {
                let product = dot(&left, &right);
                sum += product;
                // So that no two turns are the same.
                if let Some(first) = right.first_mut() {
                    *first = product.fract();
                }
            }
        }
        Kernel::Matrix => {
            let (left, mut right) = (numbers.take(size * size), numbers.take(size * size));
            let mut product = vec![0.0; size * size];
            for _ in 0..repeats {
                multiply(&left, &right, &mut product, size);
                sum += product.iter().sum::<f64>();
                if let (Some(first), Some(last)) = (right.first_mut(), product.last()) {
                    *first = last.fract();
                }
            }
        }
        Kernel::Trees => {
            let ensemble = Ensemble::new(&mut numbers);
            let mut rows = numbers.take(size * FEATURES);
            for _ in 0..repeats {
                let predicted = ensemble.predict(&rows);
                sum += predicted;
                if let Some(first) = rows.first_mut() {
                    *first = predicted.fract();
                }
            }
        }
    }
    sum
}

/// How many sums a dot product has.
const LANES: usize = 8;

#[inline(always)]
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}

/// Rows and columns of the product that are computed together: each number that is read is used so often.
const TILE: usize = 4;

/// Tile by tile, as libraries of linear algebra do: what a tile needs is laid out in the order in which it is read, and its sums stay in
/// registers.
#[inline(always)]
fn multiply(left: &[f64], right: &[f64], product: &mut [f64], size: usize) {
    // What lies beside the matrices is nothing.
    let at = |matrix: &[f64], row: usize, column: usize| {
        if row < size && column < size { matrix[row * size + column] } else { 0.0 }
    };
    let tiles = || (0..size).step_by(TILE);
    let columns: Vec<Vec<[f64; TILE]>> = tiles()
        .map(|first| {
            (0..size).map(|row| std::array::from_fn(|beside| at(right, row, first + beside))).collect()
        })
        .collect();
    for first_row in tiles() {
        let rows: Vec<[f64; TILE]> = (0..size)
            .map(|column| std::array::from_fn(|below| at(left, first_row + below, column)))
            .collect();
        for (first_column, columns) in tiles().zip(&columns) {
            let width = TILE.min(size - first_column);
            for (row, sums) in (first_row..size).zip(tile(&rows, columns)) {
                product[row * size + first_column..][..width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

#[inline(always)]
fn tile(rows: &[[f64; TILE]], columns: &[[f64; TILE]]) -> [[f64; TILE]; TILE] {
    let mut sums = [[0.0; TILE]; TILE];
    let (row_pairs, last_row) = rows.as_chunks::<2>();
    let (column_pairs, last_column) = columns.as_chunks::<2>();
    for (left, right) in row_pairs.iter().zip(column_pairs) {
        add_product(&mut sums, &left[0], &right[0]);
        add_product(&mut sums, &left[1], &right[1]);
    }
    for (left, right) in last_row.iter().zip(last_column) {
        add_product(&mut sums, left, right);
    }
    sums
}

#[inline(always)]
fn add_product(sums: &mut [[f64; TILE]; TILE], left: &[f64; TILE], right: &[f64; TILE]) {
    for (sums, left) in sums.iter_mut().zip(left) {
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum += left * right;
        }
    }
}

const FEATURES: usize = 8;
const TREES: usize = 100;
const DEPTH: usize = 6;
/// Rows that are predicted together.
const BLOCK: usize = 4;
const INNER: usize = (1 << DEPTH) - 1;

/// Complete trees: the children of node `n` are `2 n + 1` and `2 n + 2`.
#[derive(Debug)]
struct Ensemble {
    features: Vec<u8>,
    thresholds: Vec<f64>,
    leaves: Vec<f64>,
}

impl Ensemble {
    #[inline(always)]
    fn new(numbers: &mut Numbers) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "there are few features")]
        let feature = |_| (numbers.next_bits() % FEATURES as u64) as u8;
        Self {
            features: (0..TREES * INNER).map(feature).collect(),
            thresholds: numbers.take(TREES * INNER),
            leaves: numbers.take(TREES * (INNER + 1)),
        }
    }

    /// Rows in blocks, as libraries do: where one row waits for a number, the others go on.
    #[inline(always)]
    fn predict(&self, rows: &[f64]) -> f64 {
        let (rows, _) = rows.as_chunks::<FEATURES>();
        let (blocks, rest) = rows.as_chunks::<BLOCK>();
        let in_blocks: f64 = blocks.iter().map(|block| self.predict_block(block)).sum();
        in_blocks + rest.iter().map(|row| self.predict_block(&[*row])).sum::<f64>()
    }

    #[inline(always)]
    fn predict_block<const ROWS: usize>(&self, rows: &[[f64; FEATURES]; ROWS]) -> f64 {
        let mut sum = 0.0;
        for tree in 0..TREES {
            let features = &self.features[tree * INNER..][..INNER];
            let thresholds = &self.thresholds[tree * INNER..][..INNER];
            let mut nodes = [0; ROWS];
            for _ in 0..DEPTH {
                for (node, row) in nodes.iter_mut().zip(rows) {
                    let feature = usize::from(features[*node]) % FEATURES;
                    *node = 2 * *node + 1 + usize::from(row[feature] > thresholds[*node]);
                }
            }
            sum += nodes.iter().map(|node| self.leaves[tree * (INNER + 1) + node - INNER]).sum::<f64>();
        }
        sum
    }
}

/// Made-up numbers from 0 to 1, the same everywhere.
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    #[inline(always)]
    fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 32
    }

    #[inline(always)]
    fn take(&mut self, count: usize) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "32 bits")]
        let number = |_| self.next_bits() as f64 / 4_294_967_296.0;
        (0..count).map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_product_is_that_of_its_elements() {
        let left: Vec<f64> = (1..=19).map(f64::from).collect();
        assert!((dot(&left, &left) - 2_470.0).abs() < 1e-9);
    }

    #[test]
    fn a_matrix_times_another() {
        let mut product = [0.0; 4];
        multiply(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], &mut product, 2);
        assert!(
            product.iter().zip([19.0, 22.0, 43.0, 50.0]).all(|(found, wanted)| (found - wanted).abs() < 1e-9)
        );
    }

    #[test]
    fn every_size_has_a_checksum() {
        for (name, kernel) in KERNELS {
            assert_eq!(Kernel::named(name), Some(kernel));
            for size in [0, 1, 7, 64] {
                let checksum = run(kernel, size, 2);
                assert!(
                    checksum.is_finite() && (checksum != 0.0) == (size > 0),
                    "{name} of {size}: {checksum}"
                );
            }
        }
        assert_eq!(Kernel::named("no such kernel"), None);
    }
}
