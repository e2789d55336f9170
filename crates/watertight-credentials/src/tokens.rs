//! Tokens that say themselves what they are: a prefix of their issuer and a body of a known length.
//!
//! Forms are those that the issuers document, or that their own secret scanning looks for. A body of
//! fewer than [`DISTINCT`] different characters is a placeholder (`ghp_xxxxxxxx…`).

use crate::encoded;
use crate::format::{Detection, Format};
use crate::runs::{Alphabet, Runs};

/// A form of token.
struct Token {
    prefix: &'static str,
    alphabet: Alphabet,
    /// Characters after the prefix: at least, at most.
    length: (usize, usize),
    format: Format,
}

const LONGEST: usize = 4096;
/// Different characters that a real body has at least.
const DISTINCT: usize = 4;

const fn token(
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
    said: &'static str,
) -> Token {
    Token { prefix, alphabet, length: (least, most), format: Format::whole(said) }
}

const fn part(
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
    said: &'static str,
) -> Token {
    Token { prefix, alphabet, length: (least, most), format: Format::part(said) }
}

use Alphabet::{Alnum, Dotted, Hex, Upper, Url, Word};

/// In the order of the prefixes, longer ones before their own beginnings (a test compares).
#[rustfmt::skip]
static TOKENS: &[Token] = &[
    part("ABIA", Upper, 16, 16, "an AWS access key ID"),
    part("ACCA", Upper, 16, 16, "an AWS access key ID"),
    token("AGE-SECRET-KEY-1", Upper, 20, 64, "an age secret key"),
    part("AIza", Url, 35, 35, "a Google API key"),
    part("AKIA", Upper, 16, 16, "an AWS access key ID"),
    part("AKID", Alnum, 32, 32, "a Tencent Cloud secret ID"),
    token("AKCp", Alnum, 60, 80, "a JFrog API key"),
    part("ASIA", Upper, 16, 16, "an AWS access key ID"),
    token("ATATT3", Alphabet::Base64, 100, LONGEST, "an Atlassian API token"),
    token("CLOJARS_", Alnum, 60, 60, "a Clojars token"),
    token("EZAK", Alnum, 54, 54, "an EasyPost API key"),
    token("GOCSPX-", Url, 24, 40, "a Google OAuth client secret"),
    token("HRKU-", Url, 36, 80, "a Heroku API key"),
    part("LTAI", Alnum, 16, 24, "an Alibaba Cloud access key ID"),
    token("NRAK-", Upper, 27, 27, "a New Relic API key"),
    token("NRII-", Url, 32, 32, "a New Relic insert key"),
    token("PMAK-", Url, 40, 80, "a Postman API key"),
    token("SG.", Dotted, 60, 80, "a SendGrid API key"),
    part("SK", Hex, 32, 32, "a Twilio API key"),
    token("dapi", Hex, 32, 32, "a Databricks token"),
    token("dckr_oat_", Url, 20, 60, "a Docker Hub access token"),
    token("dckr_pat_", Url, 20, 60, "a Docker Hub access token"),
    token("doo_v1_", Hex, 64, 64, "a DigitalOcean token"),
    token("dop_v1_", Hex, 64, 64, "a DigitalOcean token"),
    token("dor_v1_", Hex, 64, 64, "a DigitalOcean token"),
    token("dp.pt.", Alnum, 40, 50, "a Doppler token"),
    token("dp.st.", Dotted, 40, 70, "a Doppler token"),
    token("dt0c01.", Dotted, 80, 100, "a Dynatrace token"),
    token("figd_", Url, 40, 60, "a Figma token"),
    token("fo1_", Url, 40, 50, "a Fly.io token"),
    token("ghp_", Alnum, 36, 255, "a GitHub personal access token"),
    token("gho_", Alnum, 36, 255, "a GitHub OAuth token"),
    token("ghr_", Alnum, 36, 255, "a GitHub refresh token"),
    token("ghs_", Alnum, 36, 255, "a GitHub installation token"),
    token("ghu_", Alnum, 36, 255, "a GitHub user token"),
    token("github_pat_", Word, 36, 255, "a GitHub personal access token"),
    token("glagent-", Url, 20, 300, "a GitLab agent token"),
    token("glc_eyJ", Alphabet::Base64, 30, 500, "a Grafana Cloud token"),
    token("glcbt-", Url, 20, 300, "a GitLab CI job token"),
    token("gldt-", Url, 20, 300, "a GitLab deploy token"),
    token("glft-", Url, 20, 300, "a GitLab feed token"),
    token("glimt-", Url, 20, 300, "a GitLab mail token"),
    token("gloas-", Url, 20, 300, "a GitLab OAuth application secret"),
    token("glpat-", Dotted, 20, 300, "a GitLab personal access token"),
    token("glptt-", Url, 20, 300, "a GitLab trigger token"),
    token("glrt-", Dotted, 20, 300, "a GitLab runner token"),
    token("glsa_", Word, 41, 41, "a Grafana service account token"),
    token("glsoat-", Url, 20, 300, "a GitLab SCIM token"),
    token("gsk_", Alnum, 40, 80, "a Groq API key"),
    token("hf_", Alnum, 30, 60, "a Hugging Face token"),
    token("hvb.", Url, 24, 400, "a HashiCorp Vault token"),
    token("hvr.", Url, 24, 400, "a HashiCorp Vault token"),
    token("hvs.", Url, 24, 400, "a HashiCorp Vault token"),
    token("key-", Hex, 32, 32, "a Mailgun API key"),
    token("lin_api_", Alnum, 40, 48, "a Linear API key"),
    token("nfp_", Alnum, 36, 40, "a Netlify token"),
    token("npm_", Alnum, 36, 36, "an npm token"),
    token("ntn_", Alnum, 40, 50, "a Notion token"),
    token("nvapi-", Url, 60, 70, "an NVIDIA API key"),
    token("pnu_", Alnum, 36, 36, "a Prefect API key"),
    token("pplx-", Alnum, 40, 60, "a Perplexity API key"),
    token("pscale_oauth_", Dotted, 32, 64, "a PlanetScale token"),
    token("pscale_pw_", Dotted, 32, 64, "a PlanetScale password"),
    token("pscale_tkn_", Dotted, 32, 64, "a PlanetScale token"),
    token("pul-", Hex, 40, 40, "a Pulumi token"),
    token("pypi-AgE", Url, 40, 400, "a PyPI token"),
    token("r8_", Alnum, 37, 37, "a Replicate token"),
    token("rk_live_", Alnum, 16, 256, "a Stripe restricted key"),
    part("rk_test_", Alnum, 16, 256, "a Stripe test key"),
    token("rubygems_", Hex, 48, 48, "a RubyGems API key"),
    token("sbp_", Hex, 40, 40, "a Supabase token"),
    token("shpat_", Alnum, 32, 32, "a Shopify token"),
    token("shpca_", Alnum, 32, 32, "a Shopify token"),
    token("shppa_", Alnum, 32, 32, "a Shopify token"),
    token("shpss_", Alnum, 32, 32, "a Shopify shared secret"),
    token("sk-ant-", Url, 20, 300, "an Anthropic API key"),
    token("sk-admin-", Url, 20, 300, "an OpenAI admin key"),
    token("sk-or-v1-", Hex, 64, 64, "an OpenRouter API key"),
    token("sk-proj-", Url, 20, 300, "an OpenAI API key"),
    token("sk-svcacct-", Url, 20, 300, "an OpenAI API key"),
    token("sk-", Alnum, 32, 64, "an OpenAI API key"),
    token("sk_live_", Alnum, 16, 256, "a Stripe secret key"),
    part("sk_test_", Alnum, 16, 256, "a Stripe test key"),
    token("sntrys_", Alphabet::Base64, 60, 400, "a Sentry token"),
    token("sntryu_", Hex, 64, 64, "a Sentry token"),
    token("sq0atp-", Url, 22, 60, "a Square token"),
    token("sq0csp-", Url, 43, 60, "a Square secret"),
    token("tskey-", Url, 20, 100, "a Tailscale key"),
    token("whsec_", Alnum, 24, 100, "a Stripe webhook secret"),
    token("xai-", Alnum, 70, 90, "an xAI API key"),
    token("xapp-", Url, 20, 200, "a Slack app token"),
    token("xkeysib-", Url, 70, 90, "a Brevo API key"),
    token("xoxa-", Url, 10, 250, "a Slack token"),
    token("xoxb-", Url, 10, 250, "a Slack bot token"),
    token("xoxe-", Url, 10, 250, "a Slack token"),
    token("xoxp-", Url, 10, 250, "a Slack user token"),
    token("xoxr-", Url, 10, 250, "a Slack token"),
    token("xoxs-", Url, 10, 250, "a Slack token"),
    token("ya29.", Url, 20, LONGEST, "a Google OAuth access token"),
];

/// Adds the tokens of a text.
pub(crate) fn find(text: &str, found: &mut Vec<Detection>) {
    let bytes = text.as_bytes();
    let mut runs = Runs::new(text);
    let mut at = 0;
    while at < bytes.len() {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let end = if begins { token_at(text, at, &mut runs, found) } else { None };
        at = end.unwrap_or(at + 1);
    }
}

/// The token that begins at a place; its end.
fn token_at(text: &str, at: usize, runs: &mut Runs<'_>, found: &mut Vec<Detection>) -> Option<usize> {
    let bytes = text.as_bytes();
    let &[first, second, ..] = &bytes[at..] else { return None };
    if BEGINNINGS[first as usize] & second_bit(second) == 0 {
        return None;
    }
    if bytes[at..].starts_with(b"eyJ") {
        let end = web_token(text, at, runs)?;
        let said = "a JSON Web Token";
        found.push(Detection { public_prefix: 3, ..Detection::of_form(Format::whole(said), at..end) });
        return Some(end);
    }
    let [from, to] = OF_FIRST[first as usize];
    let candidates = &TOKENS[from as usize..to as usize];
    let candidates = candidates.iter().filter(|token| bytes[at..].starts_with(token.prefix.as_bytes()));
    for token in candidates {
        let start = at + token.prefix.len();
        let end = runs.end(token.alphabet, start);
        let end = if token.alphabet == Dotted { without_full_stop(bytes, start, end) } else { end };
        let (least, most) = token.length;
        // A longer word of the same letters is something else.
        let is_whole = end == bytes.len() || !bytes[end].is_ascii_alphanumeric();
        if (least..=most).contains(&(end - start)) && is_whole && is_varied(&bytes[start..end]) {
            let detection = Detection::of_form(token.format, at..end);
            found.push(Detection { public_prefix: token.prefix.len(), ..detection });
            return Some(end);
        }
    }
    None
}

/// The end of a run without the full stops that end a sentence.
fn without_full_stop(bytes: &[u8], start: usize, mut end: usize) -> usize {
    while end > start && bytes[end - 1] == b'.' {
        end -= 1;
    }
    end
}

/// Whether a body has enough different characters to be no placeholder. Looks at its beginning only.
fn is_varied(body: &[u8]) -> bool {
    let mut seen: Vec<u8> = Vec::with_capacity(DISTINCT);
    for &byte in body.iter().take(256) {
        if !seen.contains(&byte) {
            seen.push(byte);
            if seen.len() == DISTINCT {
                return true;
            }
        }
    }
    false
}

/// Three parts in base64url, the first of which decodes to a header that names an algorithm.
fn web_token(text: &str, at: usize, runs: &mut Runs<'_>) -> Option<usize> {
    let bytes = text.as_bytes();
    let header = runs.end(Url, at);
    if header - at > 1024 || bytes.get(header) != Some(&b'.') {
        return None;
    }
    let payload = runs.end(Url, header + 1);
    if bytes.get(payload) != Some(&b'.') {
        return None;
    }
    let end = runs.end(Url, payload + 1);
    let decoded = encoded::decode(&text[at..header])?;
    let names_algorithm = memchr::memmem::find(&decoded, b"\"alg\"").is_some();
    (names_algorithm && payload - header > 10 && end - payload > 10).then_some(end)
}

/// What tokens begin with: for a first byte, the second ones. Most words end here, before any prefix is compared.
static BEGINNINGS: [u128; 256] = {
    let mut beginnings = [0; 256];
    beginnings[b'e' as usize] = second_bit(b'y');
    let mut index = 0;
    while index < TOKENS.len() {
        let prefix = TOKENS[index].prefix.as_bytes();
        beginnings[prefix[0] as usize] |= second_bit(prefix[1]);
        index += 1;
    }
    beginnings
};

/// Of a first byte: between which places the tokens stand that begin with it.
static OF_FIRST: [[u16; 2]; 256] = {
    let mut places = [[0; 2]; 256];
    let mut index = 0;
    while index < TOKENS.len() {
        let [from, to] = &mut places[TOKENS[index].prefix.as_bytes()[0] as usize];
        if *to == 0 {
            *from = index as u16;
        }
        *to = index as u16 + 1;
        index += 1;
    }
    places
};

/// The bit of a byte of ASCII; none for others, which no prefix has.
const fn second_bit(byte: u8) -> u128 {
    if byte < 128 { 1 << byte } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_prefixes_come_first() {
        for (index, token) in TOKENS.iter().enumerate() {
            let before = &TOKENS[..index];
            assert!(before.iter().all(|other| !token.prefix.starts_with(other.prefix)), "{}", token.prefix);
        }
    }

    /// A body of a format's shortest length is found, one character less is not; nor is a placeholder.
    #[test]
    fn each_form_is_found_and_nothing_shorter() {
        for token in TOKENS {
            let body: String = "0a1b2c3d4e5f6a7b8c9d".chars().cycle().take(token.length.0).collect();
            let body = if token.alphabet == Upper { body.to_uppercase() } else { body };
            let of = |text: &str| {
                let mut found = Vec::new();
                find(text, &mut found);
                found
            };
            let text = format!("x \"{}{body}\" y", token.prefix);
            let found = of(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(&text[found[0].span.clone()], format!("{}{body}", token.prefix));
            assert_eq!(found[0].shown(&text), Some(token.prefix));
            assert_eq!(found[0].format, token.format);
            let shorter = format!("{}{}", token.prefix, &body[1..]);
            assert!(of(&shorter).iter().all(|one| one.format != token.format), "{shorter}");
            assert!(of(&format!("x{}{body}", token.prefix)).is_empty(), "no beginning of a word: {text}");
            let letter = if token.alphabet == Upper { "X" } else { "a" };
            assert!(of(&format!("{}{}", token.prefix, letter.repeat(token.length.0))).is_empty(), "{text}");
        }
    }

    #[test]
    fn web_tokens_name_their_algorithm() {
        let payload = "eyJzdWIiOiJhYmMiLCJhdWQiOiJ4In0";
        let of = |text: &str| {
            let mut found = Vec::new();
            find(text, &mut found);
            found.len()
        };
        assert_eq!(of(&format!("a eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJlLW9mLWl0 b")), 1);
        assert_eq!(of(&format!("eyJhIjoiSFMyNTYifQ.{payload}.c2lnbmF0dXJlLW9mLWl0")), 0);
        assert_eq!(of(&format!("eyJhbGciOiJIUzI1NiJ9.{payload}")), 0);
    }
}
