//! single-use tokens and what a person answers.
//!
//! a token is a random number that only this function and the person's shell know; the plan, what it
//! was seen to meet, the connection and the boot are bound to it by living in the same place: the
//! stack of the one call that waits for it. nothing of it outlives the connection or the process, so
//! there is nothing to replay after a reconnect, a restart or a reboot.

use crate::client::{Client, Gone};
use crate::executor::Executor;
use crate::propose::is_plan;
use crate::session;
use llm_os_schema::result::Challenge;
use llm_os_wire::executor::Request;

/// how long a person has.
pub const VALID_MS: u64 = 120_000;

/// a confirmation that is waited for.
pub struct Token {
    text: String,
    until_boot_ms: u64,
}

/// what came of a confirmation.
pub enum Answer {
    /// the person said yes to what was shown.
    Confirmed,
    Declined,
    /// nothing runs; a sentence for the person.
    No(String),
    /// another plan was asked for instead.
    Overtaken(Request),
}

impl Token {
    /// a new one, good for [`VALID_MS`].
    ///
    /// # Errors
    /// when the kernel gives no random bytes.
    pub fn new(now_boot_ms: u64) -> Result<Self, String> {
        let mut random = [0_u8; 16];
        let got = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
        if got != Ok(random.len()) {
            return Err("the kernel gave no random number for the confirmation".to_owned());
        }
        let text = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Token {
            text,
            until_boot_ms: now_boot_ms.saturating_add(VALID_MS),
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn is(&self, text: &str) -> bool {
        // all bytes are compared, so that the time taken tells nothing.
        text.len() == self.text.len()
            && text
                .bytes()
                .zip(self.text.bytes())
                .fold(0, |sum, (a, b)| sum | (a ^ b))
                == 0
    }
}

/// waits for the person's answer; answers on the way what is not about plans.
///
/// # Errors
/// `Gone` when the connection ends; the token ends with it.
pub fn answer(
    executor: &Executor,
    client: &mut Client,
    token: Token,
    challenge: &Challenge,
) -> Result<Answer, Gone> {
    loop {
        match client.receive()? {
            Request::Confirm {
                token: text,
                answer,
            } if token.is(&text) => {
                if executor.clock.boot_ms() >= token.until_boot_ms {
                    return Ok(Answer::No(
                        "the confirmation came too late: ask again".to_owned(),
                    ));
                }
                return Ok(judge_answer(challenge, &answer));
            }
            Request::Decline { token: text } if token.is(&text) => return Ok(Answer::Declined),
            request if is_plan(&request) => return Ok(Answer::Overtaken(request)),
            request => session::answer(executor, client, request)?,
        }
    }
}

fn judge_answer(challenge: &Challenge, answer: &str) -> Answer {
    let answer = answer.trim();
    match challenge {
        Challenge::Yes if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => {
            Answer::Confirmed
        }
        Challenge::Yes => Answer::No("not confirmed by `y`, so nothing was done".to_owned()),
        Challenge::Type { text } if answer == text => Answer::Confirmed,
        Challenge::Type { text } => Answer::No(format!(
            "not confirmed by typing `{}`, so nothing was done",
            text.escape_debug()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_answer_confirms() {
        let check = |challenge: &Challenge, answer: &str, expect: bool| {
            let got = matches!(judge_answer(challenge, answer), Answer::Confirmed);
            assert_eq!(got, expect, "{answer}");
        };
        for (answer, expect) in [
            ("y", true),
            ("YES", true),
            (" y\n", true),
            ("n", false),
            ("", false),
            ("yy", false),
        ] {
            check(&Challenge::Yes, answer, expect);
        }
        let typed = Challenge::Type {
            text: "a.txt".to_owned(),
        };
        for (answer, expect) in [
            ("a.txt", true),
            ("a.txt\n", true),
            ("y", false),
            ("A.TXT", false),
            ("", false),
            ("confirm", false),
        ] {
            check(&typed, answer, expect);
        }
    }

    #[test]
    fn tokens_differ_and_only_the_whole_one_fits() {
        let (one, two) = (Token::new(0).unwrap(), Token::new(0).unwrap());
        assert_eq!(one.text.len(), 32);
        assert!(one.is(&one.text.clone()) && !one.is(&two.text) && !one.is(""));
        for at in 0..32 {
            let mut text = one.text.clone().into_bytes();
            text[at] ^= 1;
            assert!(!one.is(&String::from_utf8(text).unwrap()));
        }
    }
}
