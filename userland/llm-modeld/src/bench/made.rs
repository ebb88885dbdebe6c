//! llama models with random weights, as the bytes of a gguf file, for tests and benches.
//!
//! such a model knows nothing, which is the point: what it writes is all the grammar's doing, and
//! computing it takes as long as a real one of its size. source: ggml/docs/gguf.md.

use super::pieces::Pieces;

/// a stream of numbers that is the same for the same seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// 0 to `end` - 1; `end` is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() >> 33) as usize % end
    }

    /// from -1 to 1.
    pub fn float(&mut self) -> f32 {
        (self.roll() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// how weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    F32,
    /// blocks of 32 weights in 34 bytes, as real models of this size have them.
    Q8,
}

/// how large a model is. widths are multiples of 32.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub width: u64,
    pub inner: u64,
    pub blocks: u64,
    pub heads: u64,
    pub weights: Weights,
    /// whether the last matrix is one of its own, or the table of tokens once more.
    pub own_output: bool,
}

/// ggml's numbers for kinds of tensors.
const F32: u32 = 0;
const Q8_0: u32 = 8;
/// 2^-11 as a half: with 512 entries in a row, states neither vanish nor explode.
const Q8_SCALE: u16 = 0x1000;
const POSITIONS: u32 = 4096;

#[derive(Default)]
struct File {
    keys: Vec<u8>,
    key_count: u64,
    tensors: Vec<u8>,
    tensor_count: u64,
    data: Vec<u8>,
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl File {
    fn key(&mut self, name: &str, kind: u32) -> &mut Vec<u8> {
        self.key_count += 1;
        text(&mut self.keys, name);
        self.keys.extend(kind.to_le_bytes());
        &mut self.keys
    }

    fn whole(&mut self, name: &str, n: u64) {
        self.key(name, 4).extend((n as u32).to_le_bytes());
    }

    fn float(&mut self, name: &str, n: f32) {
        self.key(name, 6).extend(n.to_le_bytes());
    }

    fn text(&mut self, name: &str, value: &str) {
        text(self.key(name, 8), value);
    }

    fn texts(&mut self, name: &str, values: &[String]) {
        let out = self.key(name, 9);
        out.extend(8u32.to_le_bytes());
        out.extend((values.len() as u64).to_le_bytes());
        for value in values {
            text(out, value);
        }
    }

    fn wholes(&mut self, name: &str, values: &[i32]) {
        let out = self.key(name, 9);
        out.extend(5u32.to_le_bytes());
        out.extend((values.len() as u64).to_le_bytes());
        for value in values {
            out.extend(value.to_le_bytes());
        }
    }

    fn begin(&mut self, name: &str, shape: &[u64], kind: u32) -> u64 {
        self.tensor_count += 1;
        text(&mut self.tensors, name);
        self.tensors.extend((shape.len() as u32).to_le_bytes());
        for n in shape {
            self.tensors.extend(n.to_le_bytes());
        }
        self.tensors.extend(kind.to_le_bytes());
        self.tensors.extend((self.data.len() as u64).to_le_bytes());
        shape.iter().product()
    }

    fn end(&mut self) {
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    fn ones(&mut self, name: &str, width: u64) {
        for _ in 0..self.begin(name, &[width], F32) {
            self.data.extend(1.0_f32.to_le_bytes());
        }
        self.end();
    }

    fn random(&mut self, name: &str, shape: &[u64], weights: Weights, dice: &mut Dice) {
        match weights {
            Weights::F32 => {
                for _ in 0..self.begin(name, shape, F32) {
                    self.data.extend(dice.float().to_le_bytes());
                }
            }
            Weights::Q8 => {
                for _ in 0..self.begin(name, shape, Q8_0) / 32 {
                    self.data.extend(Q8_SCALE.to_le_bytes());
                    for _ in 0..4 {
                        self.data.extend(dice.roll().to_le_bytes());
                    }
                }
            }
        }
        self.end();
    }

    fn bytes(self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3u32.to_le_bytes());
        out.extend(self.tensor_count.to_le_bytes());
        out.extend(self.key_count.to_le_bytes());
        out.extend(self.keys);
        out.extend(self.tensors);
        out.resize(out.len().next_multiple_of(32), 0);
        out.extend(self.data);
        out
    }
}

/// a whole model; the same bytes for the same arguments.
pub fn gguf(pieces: &Pieces, shape: Shape, seed: u64, chat_template: Option<&str>) -> Vec<u8> {
    let mut tokens = pieces.tokens.clone();
    let mut kinds = vec![1; tokens.len()];
    let begin = tokens.len() as u64;
    for control in ["<|begin|>", "<|end|>"] {
        tokens.push(control.to_owned());
        kinds.push(3);
    }
    let count = tokens.len() as u64;
    let Shape {
        width,
        inner,
        blocks,
        heads,
        weights,
        own_output,
    } = shape;
    let mut file = File::default();
    file.text("general.architecture", "llama");
    file.text("general.name", "made");
    file.whole("llama.block_count", blocks);
    file.whole("llama.context_length", u64::from(POSITIONS));
    file.whole("llama.embedding_length", width);
    file.whole("llama.feed_forward_length", inner);
    file.whole("llama.attention.head_count", heads);
    file.whole("llama.rope.dimension_count", width / heads);
    file.float("llama.attention.layer_norm_rms_epsilon", 1e-5);
    file.text("tokenizer.ggml.model", "gpt2");
    file.text("tokenizer.ggml.pre", "smollm");
    file.texts("tokenizer.ggml.tokens", &tokens);
    file.wholes("tokenizer.ggml.token_type", &kinds);
    file.texts("tokenizer.ggml.merges", &pieces.merges);
    file.whole("tokenizer.ggml.bos_token_id", begin);
    file.whole("tokenizer.ggml.eos_token_id", begin + 1);
    if let Some(template) = chat_template {
        file.text("tokenizer.chat_template", template);
    }
    let dice = &mut Dice::new(seed);
    file.random("token_embd.weight", &[width, count], weights, dice);
    file.ones("output_norm.weight", width);
    if own_output {
        file.random("output.weight", &[width, count], weights, dice);
    }
    for block in 0..blocks {
        let name = |part: &str| format!("blk.{block}.{part}.weight");
        file.ones(&name("attn_norm"), width);
        file.ones(&name("ffn_norm"), width);
        for part in ["attn_q", "attn_k", "attn_v", "attn_output"] {
            file.random(&name(part), &[width, width], weights, dice);
        }
        file.random(&name("ffn_gate"), &[width, inner], weights, dice);
        file.random(&name("ffn_up"), &[width, inner], weights, dice);
        file.random(&name("ffn_down"), &[inner, width], weights, dice);
    }
    file.bytes()
}
