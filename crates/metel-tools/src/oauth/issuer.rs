//! Who answered (RFC 9207): with several authorisation servers, one must not be able to answer for another.

use metel_model::{Code, Fault};

use super::Party;

/// Compares exactly, as the RFC asks: no normalisation.
pub fn check(party: &Party, iss: Option<&str>) -> Result<(), Fault> {
    let wrong = |what: String, ko: String| Err(Fault::new(Code::OAuthIssuer).detail(what, ko));
    match (iss, party.issuer.as_deref()) {
        (Some(iss), Some(known)) if iss == known => Ok(()),
        (Some(_), Some(known)) => wrong(format!("{known} was asked"), format!("{known}에 물어봤어요")),
        // Nobody said who answers here: what cannot be compared proves nothing.
        (Some(_), None) => Ok(()),
        (None, Some(known)) if party.names_issuer => {
            wrong(format!("the answer does not name {known}"), format!("답에 {known} 이름이 없어요"))
        }
        (None, _) => Ok(()),
    }
}
