//! a llama model with random weights and a small vocabulary, as the bytes of a gguf file.
//!
//! byte-level tokens and a few words, one layer of 32 entries. it knows nothing, which is the point:
//! what it writes is all the grammar's doing. source: ggml/docs/gguf.md.

use super::Dice;

const WIDTH: u64 = 32;
const INNER: u64 = 64;
/// built up by merges, so that forced runs have tokens of several bytes.
const WORDS: [&str; 10] = [
    "plan",
    "type",
    "path",
    "write_file",
    "content",
    "hello",
    "file",
    "answer",
    "refuse",
    "ask",
];

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

    fn whole(&mut self, name: &str, n: u32) {
        self.key(name, 4).extend(n.to_le_bytes());
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

    fn tensor(&mut self, name: &str, shape: &[u64], mut value: impl FnMut() -> f32) {
        self.tensor_count += 1;
        text(&mut self.tensors, name);
        self.tensors.extend((shape.len() as u32).to_le_bytes());
        for n in shape {
            self.tensors.extend(n.to_le_bytes());
        }
        self.tensors.extend(0u32.to_le_bytes());
        self.tensors.extend((self.data.len() as u64).to_le_bytes());
        for _ in 0..shape.iter().product() {
            self.data.extend(value().to_le_bytes());
        }
        self.data.resize(self.data.len().next_multiple_of(32), 0);
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

/// gpt-2's printable stand-in for each byte.
fn stand_in(byte: u8) -> char {
    let plain = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if plain(byte) {
        return char::from(byte);
    }
    let hidden = (0..byte).filter(|&other| !plain(other)).count() as u32;
    char::from_u32(256 + hidden).unwrap()
}

/// a whole model; the same bytes for the same seed.
pub fn gguf(seed: u64, chat_template: Option<&str>) -> Vec<u8> {
    let mut tokens: Vec<String> = (0..=255).map(|byte| stand_in(byte).to_string()).collect();
    let mut merges = Vec::new();
    for word in WORDS {
        for end in 2..=word.len() {
            let (left, right) = (&word[..end - 1], &word[end - 1..end]);
            if !tokens.iter().any(|token| token == &word[..end]) {
                merges.push(format!("{left} {right}"));
                tokens.push(word[..end].to_owned());
            }
        }
    }
    let mut kinds = vec![1; tokens.len()];
    let begin = tokens.len() as u32;
    for control in ["<|begin|>", "<|end|>"] {
        tokens.push(control.to_owned());
        kinds.push(3);
    }
    let count = tokens.len() as u64;
    let mut file = File {
        keys: Vec::new(),
        key_count: 0,
        tensors: Vec::new(),
        tensor_count: 0,
        data: Vec::new(),
    };
    file.text("general.architecture", "llama");
    file.text("general.name", "tiny");
    file.whole("llama.block_count", 1);
    file.whole("llama.context_length", 4096);
    file.whole("llama.embedding_length", WIDTH as u32);
    file.whole("llama.feed_forward_length", INNER as u32);
    file.whole("llama.attention.head_count", 2);
    file.whole("llama.rope.dimension_count", 16);
    file.float("llama.attention.layer_norm_rms_epsilon", 1e-5);
    file.text("tokenizer.ggml.model", "gpt2");
    file.text("tokenizer.ggml.pre", "smollm");
    file.texts("tokenizer.ggml.tokens", &tokens);
    file.wholes("tokenizer.ggml.token_type", &kinds);
    file.texts("tokenizer.ggml.merges", &merges);
    file.whole("tokenizer.ggml.bos_token_id", begin);
    file.whole("tokenizer.ggml.eos_token_id", begin + 1);
    if let Some(template) = chat_template {
        file.text("tokenizer.chat_template", template);
    }
    let mut dice = Dice::new(seed);
    let mut any = || dice.float();
    file.tensor("token_embd.weight", &[WIDTH, count], &mut any);
    file.tensor("output_norm.weight", &[WIDTH], || 1.0);
    file.tensor("output.weight", &[WIDTH, count], &mut any);
    file.tensor("blk.0.attn_norm.weight", &[WIDTH], || 1.0);
    file.tensor("blk.0.ffn_norm.weight", &[WIDTH], || 1.0);
    for part in ["q", "k", "v", "output"] {
        file.tensor(
            &format!("blk.0.attn_{part}.weight"),
            &[WIDTH, WIDTH],
            &mut any,
        );
    }
    file.tensor("blk.0.ffn_gate.weight", &[WIDTH, INNER], &mut any);
    file.tensor("blk.0.ffn_up.weight", &[WIDTH, INNER], &mut any);
    file.tensor("blk.0.ffn_down.weight", &[INNER, WIDTH], &mut any);
    file.bytes()
}
