//! What a service file must say before credentials are sent by it.

use metel_model::fault::FieldFault;
use metel_model::service::{Auth, Service};

/// Every fault of a service.
pub(super) fn check(service: &Service) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, en: &str, ko: &str| faults.push(FieldFault::new(pointer, en, ko));
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if service.id.is_empty() || service.id.len() > 40 || !service.id.bytes().all(is_word) {
        fault("/id", "must be small letters, digits and _", "소문자, 숫자, _만 쓸 수 있어요");
    }
    match url::Url::parse(&service.base_url) {
        Ok(url) if url.query().is_some() || url.fragment().is_some() || service.base_url.ends_with('/') => {
            fault("/base_url", "must not end with / and carries no query", "/로 끝나거나 쿼리를 가질 수 없어요");
        }
        Ok(url) if url.scheme() != "https" => {
            fault("/base_url", "must begin with https://", "https://로 시작해야 해요");
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            fault("/base_url", "carries no user name", "사용자 이름을 가질 수 없어요");
        }
        Ok(url) if !service.hosts.iter().any(|host| Some(host.as_str()) == url.host_str()) => {
            fault("/hosts", "must name the host of base_url", "base_url의 호스트가 들어 있어야 해요");
        }
        Ok(_) => {}
        Err(_) => fault("/base_url", "is not an address", "주소가 아니에요"),
    }
    for (i, host) in service.hosts.iter().enumerate() {
        if host.contains(['/', '*', '@', ' ']) || host.is_empty() {
            fault(&format!("/hosts/{i}"), "must be one host name", "호스트 이름 하나여야 해요");
        }
    }
    if let Some(oauth) = &service.oauth {
        let urls = [
            ("authorize_url", Some(&oauth.authorize_url)),
            ("token_url", Some(&oauth.token_url)),
            ("revoke_url", oauth.revoke_url.as_ref()),
        ];
        for (name, url) in urls {
            let plain =
                |url: &url::Url| url.scheme() == "https" && url.username().is_empty() && url.fragment().is_none();
            if url.is_some_and(|url| !url::Url::parse(url).is_ok_and(|url| plain(&url))) {
                fault(&format!("/oauth/{name}"), "must begin with https://", "https://로 시작해야 해요");
            }
        }
        if oauth.sandbox_path.as_ref().is_some_and(|path| !path.starts_with('/') || path.ends_with('/')) {
            fault(
                "/oauth/sandbox_path",
                "begins with / and does not end with it",
                "/로 시작하고 /로 끝나지 않아야 해요",
            );
        }
    }
    let named = match &service.auth {
        Auth::Header { name } | Auth::Query { name } => Some(name),
        Auth::None | Auth::Bearer | Auth::Basic | Auth::Path { .. } => None,
    };
    if let Auth::Path { prefix } = &service.auth
        && !(prefix.starts_with('/') && prefix[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b)))
    {
        fault("/auth/prefix", "begins with / and holds plain letters", "/로 시작하는 영문자여야 해요");
    }
    let names = service.headers.keys().chain(named);
    if names
        .into_iter()
        .any(|name| name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)))
    {
        fault("/headers", "holds something that is no header name", "헤더 이름이 아닌 것이 있어요");
    }
    if service.headers.values().any(|value| value.chars().any(char::is_control)) {
        fault("/headers", "holds control characters", "제어 문자가 있어요");
    }
    if service.sandbox_path.as_ref().is_some_and(|path| !path.starts_with('/') || path.ends_with('/')) {
        fault("/sandbox_path", "begins with / and does not end with it", "/로 시작하고 /로 끝나지 않아야 해요");
    }
    faults
}
