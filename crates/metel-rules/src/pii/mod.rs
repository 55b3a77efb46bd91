//! Personal data and secrets in text: what is there, where, how sure, and masked.
//!
//! Pure pattern reading with checksums and context words, in linear time, on
//! Korean and English text. It attempts no names and no addresses of houses, and
//! leaves order numbers, dates, prices, hashes and versions alone.

mod account;
mod business;
mod card;
mod chain;
mod context;
mod door;
mod email;
mod evaluate;
mod fold;
mod hangul;
mod iban;
mod ip;
mod licence;
mod mask;
mod passport;
mod phone;
mod resident;
mod scan;
mod secret;
mod value;
mod words;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use door::door;
pub use evaluate::{EvaluateError, Figures, KindFigures, Mismatch, evaluate};
pub use mask::mask;
pub use scan::scan;
pub use value::{mask_value, scan_value};

/// What a finding is. Names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    PrivateKey,
    ApiKey,
    Email,
    ResidentNumber,
    ForeignerNumber,
    CardNumber,
    Iban,
    DriversLicense,
    Passport,
    BusinessNumber,
    Phone,
    BankAccount,
    Ip,
}

impl Kind {
    /// Every kind, the one that wins a tie first.
    pub const ALL: [Self; 13] = [
        Self::PrivateKey,
        Self::ApiKey,
        Self::Email,
        Self::ResidentNumber,
        Self::ForeignerNumber,
        Self::CardNumber,
        Self::Iban,
        Self::DriversLicense,
        Self::Passport,
        Self::BusinessNumber,
        Self::Phone,
        Self::BankAccount,
        Self::Ip,
    ];

    /// The stable name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private_key",
            Self::ApiKey => "api_key",
            Self::Email => "email",
            Self::ResidentNumber => "resident_number",
            Self::ForeignerNumber => "foreigner_number",
            Self::CardNumber => "card_number",
            Self::Iban => "iban",
            Self::DriversLicense => "drivers_license",
            Self::Passport => "passport",
            Self::BusinessNumber => "business_number",
            Self::Phone => "phone",
            Self::BankAccount => "bank_account",
            Self::Ip => "ip",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One piece of personal data. Holds no clear text, so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: Kind,
    /// First character, counted in Unicode scalar values.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The same span in bytes of the UTF-8 text.
    pub bytes: Range<usize>,
    /// 50 to 100; what is less likely is not reported.
    pub confidence: u8,
    /// The text with what identifies starred out.
    pub masked: String,
}
