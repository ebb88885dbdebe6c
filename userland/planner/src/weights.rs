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
    /// `self · x`; `x` has as many entries as there are columns.
    pub fn times(&self, x: &[f32]) -> Vec<f32> {
        debug_assert_eq!(x.len(), self.columns);
        self.values
            .chunks_exact(self.columns)
            .zip(&self.scales)
            .map(|(row, scale)| scale * dot(row, x))
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

/// eight running sums, so that the compiler may use wide registers: it may not reorder one sum.
fn dot(row: &[i8], x: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (rows, xs) = (row.chunks_exact(8), x.chunks_exact(8));
    let rest: f32 = rows
        .remainder()
        .iter()
        .zip(xs.remainder())
        .map(|(&a, b)| f32::from(a) * b)
        .sum();
    for (a, b) in rows.zip(xs) {
        for lane in 0..8 {
            sums[lane] += f32::from(a[lane]) * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
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
        let x: Vec<f32> = (0..9u8).map(f32::from).collect();
        let plain: Vec<f32> = (0..3)
            .map(|row| matrix.row(row).iter().zip(&x).map(|(a, b)| a * b).sum())
            .collect();
        assert_eq!(matrix.times(&x), plain);
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        assert!(matches!(
            Weights::parse(b"GGUF"),
            Err(WeightsError::NotSafetensors(_))
        ));
    }
}
