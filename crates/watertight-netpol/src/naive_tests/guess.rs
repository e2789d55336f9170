//! What is not known, guessed in every possible way, one after the other.
//!
//! Whoever meets something that is not known asks for one of several possibilities. The first time through, each
//! question gets its first possibility. [`Guess::again`] then goes through all ways to answer, like a counter
//! with a digit for each question. A question that was asked before gets the answer that it got then.

use std::collections::BTreeMap;

use super::random::Random;

/// One way to answer, after which there may be more.
#[derive(Debug, Default)]
pub(super) struct Guess {
    /// The answer to each question, and how many possibilities it has, in the order of the questions.
    digits: Vec<(usize, usize)>,
    /// How many questions were asked this time.
    asked: usize,
    /// The answers of this time, by question.
    answers: BTreeMap<String, usize>,
    /// Whether something was asked that the code under test does not tell apart on purpose.
    pub(super) coarse: bool,
    /// Where there are too many ways, some of them.
    random: Option<Random>,
}

impl Guess {
    /// One of some possibilities, from 0.
    pub(super) fn of(&mut self, question: String, possibilities: usize) -> usize {
        if let Some(answer) = self.answers.get(&question) {
            return *answer;
        }
        let answer = if let Some(random) = &mut self.random {
            self.asked += 1;
            random.below(possibilities)
        } else {
            if self.asked == self.digits.len() {
                self.digits.push((0, possibilities));
            }
            self.asked += 1;
            self.digits[self.asked - 1].0
        };
        self.answers.insert(question, answer);
        answer
    }

    pub(super) fn yes(&mut self, question: String) -> bool {
        self.of(question, 2) == 1
    }

    /// Whether nothing had to be guessed.
    pub(super) fn is_unasked(&self) -> bool {
        self.asked == 0
    }

    /// Goes on to the next way; false when there is none.
    pub(super) fn again(&mut self) -> bool {
        self.answers.clear();
        self.digits.truncate(self.asked);
        self.asked = 0;
        while let Some((answer, possibilities)) = self.digits.pop() {
            if answer + 1 < possibilities {
                self.digits.push((answer + 1, possibilities));
                return true;
            }
        }
        false
    }

    /// From now on, ways at random.
    pub(super) fn at_random(&mut self, seed: u64) {
        self.answers.clear();
        self.asked = 0;
        self.random = Some(self.random.take().unwrap_or(Random::new(seed)));
    }
}

#[test]
fn every_way_is_gone_through_once() {
    let mut guess = Guess::default();
    let mut ways = Vec::new();
    loop {
        let first = guess.of("a".into(), 2);
        let second = if first == 1 { guess.of("b".into(), 3) } else { 9 };
        assert_eq!(guess.of("a".into(), 2), first);
        ways.push((first, second));
        if !guess.again() {
            break;
        }
    }
    assert_eq!(ways, [(0, 9), (1, 0), (1, 1), (1, 2)]);
}
