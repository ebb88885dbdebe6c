//! the same right plans, written by one model in three ways.
//!
//! what is compared: each way is made to take exactly the tokens of a plan that is right (a model
//! with random weights would not find its end), after the same prompt, which is read beforehand and
//! not timed.
//!
//! - ours: [`generate::write_all_by`], the very loop that answers people. building the grammar of the
//!   request, llguidance's masks, the scores weighed over the whole vocabulary at each choice, and
//!   forced runs computed in one pass, all count.
//! - gbnf: llama.cpp's own grammar sampler with the same language ([`gbnf`]), built for the request
//!   too: each token is a pass, then the sampler goes over the whole vocabulary, then the best token
//!   that is left is looked for.
//! - unconstrained: each token is a pass, then the best token is looked for.
//!
//! ours knows from the grammar when a plan is over. the two others would need one more pass to be
//! told so by the model; that pass is not held against them.

use super::batch::Heard;
use super::gbnf::gbnf;
use crate::ModelError;
use crate::model::Ask;
use crate::text::generate::{self, Task};
use crate::text::grounds::Grounds;
use crate::text::past::{Next, Prompt};
use crate::text::{Text, TextSession};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llguidance::Matcher;
use llm_os_schema::Outcome;
use std::hint::black_box;
use std::time::{Duration, Instant};
use toktrie::{SimpleVob, TokenId};

/// a request, and the tokens of a plan that is right for it.
pub struct Script<'a> {
    ask: Ask<'a>,
    prompt: Prompt,
    pub tokens: Vec<TokenId>,
    /// those of them that the grammar leaves to the model.
    choices: Vec<TokenId>,
}

/// how long one plan took in one way.
#[derive(Default)]
pub struct Took {
    pub wall: Duration,
    /// of `wall`, building the grammar.
    pub grammar: Duration,
    /// finding what is allowed next, for each choice.
    pub masks: Vec<Cost>,
    pub passes: u32,
}

/// what one computation took.
#[derive(Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    /// this thread's share of the processor: without the turns that others had in between.
    pub cpu: Duration,
}

impl Took {
    fn mask<T>(&mut self, compute: impl FnOnce() -> T) -> T {
        let (began, cpu) = (Instant::now(), thread_time());
        let computed = compute();
        self.masks.push(Cost {
            wall: began.elapsed(),
            cpu: thread_time().saturating_sub(cpu),
        });
        computed
    }
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

impl<'a> Script<'a> {
    /// the tokens by which our loop writes `plan`; `None` where the text tier's grammar does not
    /// have it (a plan that takes more than the request's own words, or too many actions).
    ///
    /// # Errors
    /// when the grammar cannot be built.
    pub fn new(
        text: &Text,
        session: &TextSession<'_>,
        ask: Ask<'a>,
        plan: &Outcome,
    ) -> Result<Option<Self>, ModelError> {
        let mut matcher = text.matcher(ask.table, &Grounds::new(ask.request, ask.names))?;
        let Ok(target) = serde_json::to_vec(plan) else {
            return Ok(None);
        };
        let prompt = session.prompt(ask);
        Ok(
            tokens(text, &mut matcher, &target).map(|(tokens, choices)| Script {
                ask,
                prompt,
                tokens,
                choices,
            }),
        )
    }

    /// reads the prompt but for its last token, so that the ways begin alike; that token is next.
    ///
    /// # Errors
    /// `Compute`.
    pub fn read(&self, session: &mut TextSession<'_>) -> Result<Next, ModelError> {
        let (mut next, _) = session.past.begin(&self.prompt, &[], &mut || false)?;
        let last = next.tokens.pop();
        session.past.read(&mut next, &mut || false)?;
        next.tokens.extend(last);
        Ok(next)
    }

    /// # Errors
    /// whatever ends a generation.
    pub fn ours(&self, text: &Text, session: &mut TextSession<'_>) -> Result<Took, ModelError> {
        self.read(session)?;
        let mut took = Took::default();
        let mut wanted = self.choices.iter();
        let began = Instant::now();
        let Ask { request, names, .. } = self.ask;
        let matcher = text.matcher(self.ask.table, &Grounds::new(request, names))?;
        took.grammar = began.elapsed();
        let task = Task {
            at: 0,
            prompt: self.prompt.clone(),
            matcher,
        };
        let mut heard = Heard::of(1);
        generate::write_all_by(
            &mut session.past,
            text.tokens.tok_trie(),
            vec![task],
            &mut heard,
            &mut |_, scores, matcher| {
                let mask = took.mask(|| generate::allowed(matcher))?;
                Ok(taken(&mut wanted, scores, &mask))
            },
        )?;
        took.wall = began.elapsed();
        took.passes = heard.all()?.iter().map(|written| written.passes).sum();
        Ok(took)
    }

    /// how long our loop takes over these plans at once, from the words of the requests to the last
    /// token; the prompts' own parts are read in it.
    ///
    /// # Errors
    /// whatever ends a generation.
    pub fn together(
        scripts: &[Self],
        text: &Text,
        session: &mut TextSession<'_>,
    ) -> Result<Duration, ModelError> {
        let mut wanted: Vec<_> = scripts.iter().map(|one| one.choices.iter()).collect();
        let mut heard = Heard::of(scripts.len());
        let began = Instant::now();
        let mut tasks = Vec::new();
        for (at, one) in scripts.iter().enumerate() {
            tasks.push(session.task(at, one.ask)?);
        }
        generate::write_all_by(
            &mut session.past,
            text.tokens.tok_trie(),
            tasks,
            &mut heard,
            &mut |at, scores, matcher| {
                let mask = generate::allowed(matcher)?;
                Ok(taken(&mut wanted[at], scores, &mask))
            },
        )?;
        let took = began.elapsed();
        heard.all()?;
        Ok(took)
    }

    /// # Errors
    /// whatever ends a generation.
    pub fn unconstrained(&self, session: &mut TextSession<'_>) -> Result<Took, ModelError> {
        let mut next = self.read(session)?;
        let mut took = Took::default();
        let began = Instant::now();
        for &token in &self.tokens {
            took.passes += session.past.read(&mut next, &mut || false)?;
            black_box(session.past.scores(&next).map(highest));
            next.tokens.push(token);
        }
        took.wall = began.elapsed();
        Ok(took)
    }

    /// # Errors
    /// whatever ends a generation; `Grammar` when llama.cpp does not take the grammar, or the
    /// grammar not the plan.
    pub fn gbnf(&self, text: &Text, session: &mut TextSession<'_>) -> Result<Took, ModelError> {
        let mut next = self.read(session)?;
        let refused = |why: String| ModelError::Grammar { why };
        let mut took = Took::default();
        let began = Instant::now();
        let Ask {
            request,
            names,
            table,
        } = self.ask;
        let rules = gbnf(table, &Grounds::new(request, names));
        let mut sampler = LlamaSampler::grammar(&text.loaded.model, &rules, "root")
            .map_err(|why| refused(format!("llama.cpp does not take it: {why}")))?;
        took.grammar = began.elapsed();
        let mut all = LlamaTokenDataArray::new(Vec::new(), false);
        for &token in &self.tokens {
            took.passes += session.past.read(&mut next, &mut || false)?;
            all.data.clear();
            let scores = session.past.scores(&next).unwrap_or_default();
            let scores = (0..).zip(scores);
            all.data
                .extend(scores.map(|(id, &score)| LlamaTokenData::new(LlamaToken(id), score, 0.0)));
            took.mask(|| sampler.apply(&mut all));
            black_box(
                all.data
                    .iter()
                    .map(LlamaTokenData::logit)
                    .fold(f32::NEG_INFINITY, f32::max),
            );
            // taking what it does not allow would end the process.
            let allowed = all
                .data
                .get(token as usize)
                .is_some_and(|one| one.logit() > f32::NEG_INFINITY);
            if !allowed {
                return Err(refused(format!("it does not allow token {token}")));
            }
            sampler.accept(LlamaToken(token as i32));
            next.tokens.push(token);
        }
        took.wall = began.elapsed();
        Ok(took)
    }
}

/// walks the grammar along `target`: all tokens, and those that are choices.
fn tokens(
    text: &Text,
    matcher: &mut Matcher,
    target: &[u8],
) -> Option<(Vec<TokenId>, Vec<TokenId>)> {
    let trie = text.tokens.tok_trie();
    let (mut all, mut choices, mut at) = (Vec::new(), Vec::new(), 0);
    loop {
        let forced = matcher.consume_ff_tokens();
        all.extend_from_slice(&forced);
        at += trie.decode(&forced).len();
        if matcher.is_stopped() {
            break;
        }
        if !forced.is_empty() {
            continue;
        }
        let rest = target.get(at..).filter(|rest| !rest.is_empty())?;
        let token = *text.tokens.tokenize_bytes(rest).first()?;
        matcher.consume_token(token).ok()?;
        all.push(token);
        choices.push(token);
        at += trie.decode(&[token]).len();
    }
    (trie.decode(&all) == target).then_some((all, choices))
}

/// the token that is wanted next, where it is allowed, found at the cost of looking for the best.
fn taken<'t>(
    wanted: &mut impl Iterator<Item = &'t TokenId>,
    scores: &[f32],
    mask: &SimpleVob,
) -> Option<(TokenId, f64)> {
    let (_, probability) = black_box(generate::best(scores, mask))?;
    let token = *wanted.next().filter(|&&token| mask.is_allowed(token))?;
    Some((token, probability))
}

/// the token with the highest score.
fn highest(scores: &[f32]) -> usize {
    let mut most = (0, f32::NEG_INFINITY);
    for (at, &score) in scores.iter().enumerate() {
        if score > most.1 {
            most = (at, score);
        }
    }
    most.0
}
