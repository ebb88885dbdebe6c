//! numbers of the decoder, out of its safetensors file.
//!
//! a matrix is kept as int8 with one scale a row (`NAME.q`, `NAME.s`), as it lies in the file; biases
//! and norms are f32. about 5 MB in memory, and reading int8 is faster than reading f32.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// why a decoder file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightsError {
    NotSafetensors(String),
    Missing(String),
    Shape { name: String, expected: String },
}

impl std::fmt::Display for WeightsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WeightsError::NotSafetensors(why) => {
                write!(
                    f,
                    "the decoder file is damaged or no safetensors file: {why}"
                )
            }
            WeightsError::Missing(name) => write!(f, "the decoder file lacks `{name}`"),
            WeightsError::Shape { name, expected } => {
                write!(f, "`{name}` of the decoder file is not {expected}")
            }
        }
    }
}

impl std::error::Error for WeightsError {}

/// an int8 matrix of `rows` × `columns`, with a scale for each row.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Matrix {
    /// `self · x`; `x` has as many entries as there are columns. computed in whole numbers, `x` in as
    /// many levels as sums of 32 bits have room for: four times as fast as in f32, and the error is
    /// a ten-thousandth of the largest entry.
    pub fn times(&self, x: &[f32]) -> Vec<f32> {
        debug_assert_eq!(x.len(), self.columns);
        let (x, level) = whole(x);
        self.values
            .chunks_exact(self.columns)
            .zip(&self.scales)
            .map(|(row, scale)| scale * level * dot(row, &x) as f32)
            .collect()
    }

    /// one row as f32; zeros where there is none.
    pub fn row(&self, at: usize) -> Vec<f32> {
        match (
            self.values.chunks_exact(self.columns).nth(at),
            self.scales.get(at),
        ) {
            (Some(row), Some(scale)) => row.iter().map(|&v| f32::from(v) * scale).collect(),
            _ => vec![0.0; self.columns],
        }
    }
}

/// `x` as whole numbers, and what one of them is worth.
fn whole(x: &[f32]) -> (Vec<i16>, f32) {
    // no sum of this many products with an int8 leaves 32 bits.
    let room = i32::MAX as f32 / (128.0 * x.len().max(1) as f32);
    let levels = room.min(f32::from(i16::MAX)).floor();
    let peak = x.iter().fold(0.0f32, |peak, v| peak.max(v.abs()));
    if peak == 0.0 || !peak.is_finite() {
        return (vec![0; x.len()], 0.0);
    }
    let per = levels / peak;
    // `as` cuts towards zero; half a level away from zero first makes that rounding.
    let numbers = x
        .iter()
        .map(|v| (v * per + 0.5f32.copysign(*v)) as i16)
        .collect();
    (numbers, peak / levels)
}

/// the compiler makes this multiply eight pairs at a time; checked sums would keep it from that.
fn dot(row: &[i8], x: &[i16]) -> i32 {
    row.iter().zip(x).fold(0, |sum: i32, (&a, &b)| {
        sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b)))
    })
}

/// the tensors of one file.
pub struct Weights<'a>(SafeTensors<'a>);

impl<'a> Weights<'a> {
    /// reads the table of contents; nothing is copied yet.
    ///
    /// # Errors
    /// when the bytes are no whole safetensors file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        SafeTensors::deserialize(bytes)
            .map(Weights)
            .map_err(|error| WeightsError::NotSafetensors(error.to_string()))
    }

    fn tensor(&self, name: &str) -> Result<TensorView<'_>, WeightsError> {
        self.0
            .tensor(name)
            .map_err(|_| WeightsError::Missing(name.to_owned()))
    }

    /// the vector `name` with `len` entries.
    ///
    /// # Errors
    /// when it is missing or has another shape.
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, WeightsError> {
        let tensor = self.tensor(name)?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != [len] {
            let expected = format!("a vector of {len} f32");
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                expected,
            });
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        Ok(numbers
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect())
    }

    /// the matrix `name` with `rows` × `columns` entries.
    ///
    /// # Errors
    /// when it is missing or has another shape.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix, WeightsError> {
        let quants = self.tensor(&format!("{name}.q"))?;
        if quants.dtype() != Dtype::I8 || quants.shape() != [rows, columns] {
            let expected = format!("a matrix of {rows} × {columns} int8");
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                expected,
            });
        }
        let values = quants
            .data()
            .iter()
            .map(|&byte| byte.cast_signed())
            .collect();
        let scales = self.vector(&format!("{name}.s"), rows)?;
        Ok(Matrix {
            rows,
            columns,
            values,
            scales,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_multiplies_like_its_rows() {
        let values = (0..27).map(|n| (n % 11) - 5).collect();
        let matrix = Matrix {
            rows: 3,
            columns: 9,
            values,
            scales: vec![1.0, 0.5, 2.0],
        };
        let x: Vec<f32> = (0..9u8).map(|n| f32::from(n) / 7.0 - 0.5).collect();
        for (row, got) in matrix.times(&x).into_iter().enumerate() {
            let plain: f32 = matrix.row(row).iter().zip(&x).map(|(a, b)| a * b).sum();
            assert!((got - plain).abs() < 1e-3, "{got} {plain}");
        }
        assert_eq!(matrix.times(&[0.0; 9]), [0.0; 3]);
        assert_eq!(matrix.times(&[f32::NAN; 9]), [0.0; 3]);
    }

    #[test]
    fn the_largest_numbers_fit() {
        let columns = 4096;
        let matrix = Matrix {
            rows: 2,
            columns,
            values: [vec![127; columns], vec![-128; columns]].concat(),
            scales: vec![1.0; 2],
        };
        let got = matrix.times(&vec![1e6; columns]);
        for (got, expect) in got.into_iter().zip([127e6, -128e6]) {
            let expect = expect * columns as f32;
            assert!((got / expect - 1.0).abs() < 1e-3, "{got} {expect}");
        }
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        assert!(matches!(
            Weights::parse(b"GGUF"),
            Err(WeightsError::NotSafetensors(_))
        ));
    }
}
