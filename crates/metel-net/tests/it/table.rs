//! Every spelling, form and range of an address that should not be called, against the code that refuses it, through
//! the door that scripts use. Nothing of it may reach a server that stands right there.

use metel_net::door;
use serde_json::json;

use crate::server::{Server, ok};

/// `P` stands for the port of a server on this machine, which the list opens as `127.0.0.1:P`.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "host.spelling",
        &[
            // decimal, octal, hexadecimal, short, padded
            "http://2130706433:P/",
            "http://017700000001:P/",
            "http://0x7f000001:P/",
            "http://0x7F000001:P/",
            "http://0x7f.0.0.1:P/",
            "http://0x7f.0x0.0x0.0x1:P/",
            "http://0177.0.0.1:P/",
            "http://0177.0.0.01:P/",
            "http://127.1:P/",
            "http://127.0.1:P/",
            "http://127.0.0.01:P/",
            "http://127.000.000.001:P/",
            "http://127.0.0.1.:P/",
            // other scripts' digits and dots, encoded characters
            "http://１２７.0.0.1:P/",
            "http://①②⑦.0.0.1:P/",
            "http://127。0。0。1:P/",
            "http://127．0．0．1:P/",
            "http://%31%32%37.0.0.1:P/",
            "http://127%2e0%2e0%2e1:P/",
            // names that only look otherwise until they are mapped
            "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:P/",
            "https://ａｐｉ.test/",
            "https://api。test/",
            "https://a\u{ad}pi.test/",
            "https://api.te%73t/",
            "http:///127.0.0.1:P/",
        ],
    ),
    (
        "address.embedded",
        &[
            "http://[::ffff:127.0.0.1]:P/",
            "http://[::ffff:7f00:1]:P/",
            "http://[0:0:0:0:0:ffff:127.0.0.1]:P/",
            "http://[::FFFF:127.0.0.1]:P/",
            "http://[::ffff:8.8.8.8]/",
            "http://[::127.0.0.1]:P/",
            "http://[::ffff:0:127.0.0.1]:P/",
            "http://[64:ff9b::127.0.0.1]:P/",
            "http://[64:ff9b::7f00:1]:P/",
            "http://[64:ff9b:1::7f00:1]:P/",
            "http://[2002:7f00:1::]:P/",
            "http://[2002:a00:1::1]:P/",
            "http://[2001:0:7f00:1::]:P/",
            "http://[2606:4700::5efe:127.0.0.1]:P/",
        ],
    ),
    (
        "address.loopback",
        &["http://127.0.0.1:1/", "http://127.255.255.254/", "http://[::1]:P/", "http://[0:0:0:0:0:0:0:1]:P/"],
    ),
    ("address.unspecified", &["http://0.0.0.0:P/", "http://[::]:P/", "http://[0::0]:P/"]),
    (
        "address.private",
        &[
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.0.1/",
            "https://192.168.1.1:8443/",
        ],
    ),
    ("address.shared", &["http://100.64.0.1/", "http://100.127.255.255/"]),
    ("address.link_local", &["http://169.254.1.1/", "http://[fe80::1]/", "http://[febf::1]/"]),
    (
        "address.metadata",
        &[
            "http://169.254.169.254/latest/meta-data/iam/",
            "http://169.254.169.254:80/computeMetadata/v1/",
            "http://168.63.129.16/",
            "http://192.0.0.192/",
            "http://100.100.100.200/latest/meta-data",
            "http://[fd00:ec2::254]/latest",
        ],
    ),
    ("address.unique_local", &["http://[fd00::1]/", "http://[fc00::1]/", "http://[fdff:ffff::1]/"]),
    ("address.multicast", &["http://224.0.0.1/", "http://239.255.255.250:1900/", "http://[ff02::1]/"]),
    (
        "address.reserved",
        &[
            "http://0.1.2.3/",
            "http://192.0.2.1/",
            "http://198.51.100.7/",
            "http://203.0.113.9/",
            "http://198.18.0.1/",
            "http://192.88.99.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://[2001:db8::1]/",
            "http://[100::1]/",
            "http://[fec0::1]/",
            "http://[3fff::1]/",
        ],
    ),
    (
        "host.not_allowed",
        &[
            "http://localhost:P/",
            "http://LOCALHOST:P/",
            "http://localhost.:P/",
            "http://localhost.localdomain:P/",
            "http://metadata.google.internal/",
            "https://api.test./",
            "https://api.test.evil.test/",
            "https://xapi.test/",
            "https://api.test:22/",
            "http://api.test:P/",
            "https://аpi.test/",
            "https://xn--pi-6kc.test/",
            "http://8.8.8.8/",
            "http://[2606:4700::1111]/",
            "http://127.0.0.1.evil.test:P/",
        ],
    ),
    (
        "url.userinfo",
        &[
            "http://user@127.0.0.1:P/",
            "http://user:password@127.0.0.1:P/",
            "http://@127.0.0.1:P/",
            "http://api.test@127.0.0.1:P/",
            "http://127.0.0.1:P@api.test/",
            "https://api.test:443@127.0.0.1:P/",
        ],
    ),
    (
        "url.spelling",
        &[
            "http://api.test%40127.0.0.1:P/",
            "http:\\\\127.0.0.1:P\\",
            "http://api.test\\@127.0.0.1:P/",
            "http://127.0.0.1:P/a b",
            "http://127.0.0.1:P\t/",
            "http://127.0.0.1:P\r\nHost: evil.test/",
            "http://127.0.0.1:P/\u{0}",
            "http://127.0.0.1 :P/",
            "http://\u{200b} 127.0.0.1:P/",
            "http://256.0.0.1/",
            "http://1.2.3.4.5/",
            "http://4294967296/",
            "http://0x100000000/",
            "http://[fe80::1%25lo]/",
            "http://[::1/",
            "http://:P/",
            "http://127.0.0.1:99999/",
            "http://",
        ],
    ),
    (
        "scheme",
        &[
            "file:///etc/passwd",
            "ftp://127.0.0.1:P/",
            "gopher://127.0.0.1:P/_GET",
            "dict://127.0.0.1:P/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "ws://127.0.0.1:P/",
            "jar:http://127.0.0.1:P/!/",
            "//127.0.0.1:P/",
            "http:/127.0.0.1:P/",
            "http:127.0.0.1:P",
            "127.0.0.1:P",
            "",
        ],
    ),
];

#[tokio::test]
async fn every_attack_is_refused_by_name() {
    let server = Server::start(|_| ok("fine")).await;
    let allow = format!("127.0.0.1:{}, api.test", server.port);
    let (mut refused, mut wrong) = (0, Vec::new());
    for (code, urls) in REFUSED {
        for url in *urls {
            let url = url.replace(":P", &format!(":{}", server.port));
            let answer = door(&json!({"op": "fetch", "url": url, "method": "GET"}), &allow).await;
            match answer == json!({"refused": code}) {
                true => refused += 1,
                false => wrong.push(format!("{url:?}: {answer}, not {code}")),
            }
        }
    }
    let long = format!("http://127.0.0.1:{}/{}", server.port, "a".repeat(9_000));
    assert_eq!(door(&json!({"url": long}), &allow).await, json!({"refused": "url.too_long"}));
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(server.asked(), 0, "something got through");
    // What is allowed is reached, in every plain spelling.
    for url in ["http://127.0.0.1:P/", "HTTP://127.0.0.1:P/x?y=한글#z"] {
        let url = url.replace(":P", &format!(":{}", server.port));
        assert_eq!(door(&json!({"url": url, "method": "GET"}), &allow).await, json!({"status": 200}), "{url}");
    }
    println!("refused by name: {} of {}", refused + 1, refused + wrong.len() + 1);
}
