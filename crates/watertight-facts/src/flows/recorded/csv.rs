//! One line of CSV: fields between commas, in quotation marks when they hold one (RFC 4180). A field does not go on in
//! the next line.

/// The fields of a line; `None` when a quotation mark is not closed.
pub(super) fn fields(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            other => field.push(other),
        }
    }
    fields.push(field.trim().to_owned());
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_between_commas() {
        assert_eq!(fields(r#"a, b ,"c,""d""",,"#).unwrap(), ["a", "b", "c,\"d\"", "", ""]);
        assert_eq!(fields("\"a"), None);
    }
}
