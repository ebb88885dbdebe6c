//! what requests that are answered together hear.

use llm_modeld::ModelError;
use llm_modeld::model::{Ask, Session, Watch, Written};

/// one entry for each request; some want nothing any more after so many looks.
pub struct Heard {
    pub all: Vec<Option<Result<Written, ModelError>>>,
    /// one before each pass, and one after the last.
    pub looks: u32,
    /// after so many looks at the clients, these are dropped.
    drop: (u32, Vec<usize>),
}

/// what `asks` hear in one batch, of which some are dropped.
pub fn write_all(session: &mut Session<'_>, asks: &[Ask<'_>], drop: (u32, Vec<usize>)) -> Heard {
    let mut heard = Heard {
        all: asks.iter().map(|_| None).collect(),
        looks: 0,
        drop,
    };
    session.write_all(asks, &mut heard).unwrap();
    heard
}

impl Watch for Heard {
    fn look(&mut self) {
        self.looks += 1;
    }

    fn wants(&self, at: usize) -> bool {
        self.looks <= self.drop.0 || !self.drop.1.contains(&at)
    }

    fn done(&mut self, at: usize, written: Result<Written, ModelError>) {
        assert!(self.wants(at), "{at} was dropped");
        assert!(self.all[at].replace(written).is_none(), "{at} twice");
    }
}
