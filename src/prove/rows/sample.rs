//! Texts that a pattern takes, for the common part of PostgreSQL's patterns; the server judges them.

/// How deep groups may nest.
const DEEPEST: usize = 30;

/// Texts for a regular expression.
pub(super) fn regular(pattern: &str) -> Vec<String> {
    let pattern: Vec<char> = pattern.chars().collect();
    let sample = |variant| {
        let mut reader = Reader {
            pattern: &pattern,
            at: 0,
            variant,
        };
        let text = reader.branches(0)?;
        (reader.at == pattern.len() && text.len() <= 1000).then_some(text)
    };
    (0..6).filter_map(sample).collect()
}

/// Texts for a pattern of `like`.
pub(super) fn like(pattern: &str) -> Vec<String> {
    if !pattern.contains(['%', '_']) {
        return Vec::new();
    }
    ["x", "", "1 y"]
        .map(|it| pattern.replace('%', it).replace('_', "a"))
        .to_vec()
}

struct Reader<'a> {
    pattern: &'a [char],
    at: usize,
    /// Which of several texts is made.
    variant: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Alternatives up to the end or a closing parenthesis.
    fn branches(&mut self, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let mut branches = vec![String::new()];
        loop {
            match self.peek() {
                None | Some(')') => break,
                Some('|') => {
                    self.at += 1;
                    branches.push(String::new());
                }
                Some(_) => {
                    let atom = self.atom(depth)?;
                    let times = self.times()?;
                    branches.last_mut()?.push_str(&atom.repeat(times));
                }
            }
        }
        let wanted = self.variant % branches.len();
        branches.into_iter().nth(wanted)
    }

    fn atom(&mut self, depth: usize) -> Option<String> {
        Some(match self.next()? {
            '(' => {
                if self.accept('?') && !self.accept(':') {
                    return None;
                }
                let inner = self.branches(depth + 1)?;
                self.accept(')').then_some(inner)?
            }
            '[' => self.class()?.to_string(),
            '^' | '$' => String::new(),
            '.' => "a".to_owned(),
            '\\' => match self.next()? {
                'd' => "1",
                'w' => "a",
                's' => " ",
                'D' | 'S' => "x",
                'W' => "-",
                'm' | 'M' | 'y' | 'A' | 'Z' => "",
                other if other.is_alphanumeric() => return None,
                other => return Some(other.to_string()),
            }
            .to_owned(),
            other => other.to_string(),
        })
    }

    /// A character that the class, whose bracket was read, holds.
    fn class(&mut self) -> Option<char> {
        let negated = self.accept('^');
        let mut members: Vec<char> = Vec::new();
        let mut first = true;
        loop {
            let character = self.next()?;
            match character {
                ']' if !first => break,
                '[' if self.accept(':') => {
                    let mut name = String::new();
                    while let Some(letter) = self.next().filter(|it| *it != ':') {
                        name.push(letter);
                    }
                    self.accept(']').then_some(())?;
                    members.extend(match name.as_str() {
                        "upper" => "ABC".chars(),
                        "digit" => "123".chars(),
                        "space" | "blank" => "   ".chars(),
                        "punct" => "-.!".chars(),
                        "xdigit" => "1aB".chars(),
                        _ => "abc".chars(),
                    });
                }
                '\\' => members.push(match self.next()? {
                    'd' => '1',
                    'w' => 'a',
                    's' => ' ',
                    other => other,
                }),
                from if self.peek() == Some('-') && self.pattern.get(self.at + 1) != Some(&']') => {
                    self.at += 1;
                    let to = self.next()?;
                    members.extend((from..=to).take(128));
                }
                other => members.push(other),
            }
            first = false;
        }
        if negated {
            return "aA1_ -.é".chars().find(|it| !members.contains(it));
        }
        let wanted = self.variant % members.len().max(1);
        members.get(wanted).copied()
    }

    /// How often the atom before is wanted.
    fn times(&mut self) -> Option<usize> {
        let times = match self.peek() {
            Some('*') => self.variant,
            Some('+') => self.variant + 1,
            Some('?') => self.variant % 2,
            Some('{') => {
                let close = self.pattern[self.at..].iter().position(|it| *it == '}')?;
                let bounds: String = self.pattern[self.at + 1..self.at + close].iter().collect();
                self.at += close;
                let (least, most) = bounds.split_once(',').unwrap_or((&bounds, &bounds));
                let least: usize = least.parse().ok()?;
                let most: usize = most.parse().unwrap_or(usize::MAX);
                (least + self.variant).min(most).min(1000)
            }
            Some(_) | None => return Some(1),
        };
        self.at += 1;
        self.accept('?');
        Some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_samples() {
        for (pattern, expected) in [
            ("^[A-Z]{3}$", "AAA BBB CCC DDD EEE FFF"),
            ("^(a|b)+x?$", "a bbx aaa bbbbx aaaaa bbbbbbx"),
            (r"^\d{2}-[^a]\.$", "11-A. 11-A. 11-A. 11-A. 11-A. 11-A."),
            ("[[:upper:]][a-c_-]", "Aa Bb Cc A_ B- Ca"),
        ] {
            assert_eq!(regular(pattern).join(" "), expected);
        }
        assert!(regular("(?=a)").is_empty());
        assert!(regular("a)").is_empty());
        assert_eq!(like("%@%"), ["x@x", "@", "1 y@1 y"]);
    }
}
