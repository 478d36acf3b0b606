//! Functions with guards and sites: guards that suffice, guards that nearly do, and what undoes them.

/// Random numbers that are the same on every machine (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// One function that is being written. What it may name: slices `v` and `w`, a `Vec` `t`, text `s`, numbers `a` and `b`, variables `x` and
/// `y`, a byte `c`, an `i32` `d`, and an `Option<usize>` `o`.
pub(crate) struct Function<'r> {
    random: &'r mut Random,
    text: String,
    depth: usize,
    /// Names of loops around, whose variables may be named too.
    indices: Vec<String>,
    names: usize,
}

/// How deep blocks nest.
const DEPTH: usize = 4;

impl<'r> Function<'r> {
    pub(crate) fn write(random: &'r mut Random, number: usize) -> String {
        let mut this = Self { random, text: String::new(), depth: 0, indices: Vec::new(), names: 0 };
        this.line(&format!(
            "pub fn f{number}(v: &[u8], w: &[u8], s: &str, a: usize, b: usize, c: u8, d: i32, fuel: &mut u32) -> usize {{"
        ));
        this.line("let (mut r, mut x, mut y, mut t) = (0usize, a, b, v.to_vec());");
        this.line("let mut o: Option<usize> = v.iter().position(|at| *at == c);");
        this.block(4);
        this.line("let _ = (&mut x, &mut y, &mut t, &mut o, w, s, d);");
        this.line("r");
        this.line("}");
        this.text
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn block(&mut self, most: usize) {
        let count = 1 + self.random.below(most);
        self.depth += 1;
        for _ in 0..count {
            self.statement();
        }
        self.depth -= 1;
    }

    fn statement(&mut self) {
        let nested = if self.depth < DEPTH { 9 } else { 0 };
        match self.random.below(17 + nested) {
            0..=3 => self.site(),
            4..=9 => self.guarded(),
            10..=12 => self.change(),
            13..=16 => self.early_return(),
            17..=19 => self.branch(),
            20 => self.length_match(),
            21 => self.slice_match(),
            22 => self.counted_loop(),
            23 => self.while_loop(),
            24 => self.option(),
            _ => self.closure(),
        }
    }

    fn sequence(&mut self) -> &'static str {
        self.random.pick(&["v", "v", "w", "t", "t"])
    }

    fn number(&mut self) -> String {
        let known = ["a", "b", "x", "y", "x", "y"];
        let at = self.random.below(known.len() + self.indices.len());
        known.get(at).map_or_else(|| self.indices[at - known.len()].clone(), |name| (*name).to_owned())
    }

    /// Something that indexes.
    fn index(&mut self) -> String {
        let (of, number) = (self.sequence(), self.number());
        match self.random.below(14) {
            0..=5 => number,
            6 => format!("{number} + 1"),
            7 => format!("{number}.wrapping_sub(1)"),
            8 => self.random.pick(&["0", "1", "2", "3"]).to_owned(),
            9 => format!("{of}.len().wrapping_sub(1)"),
            10 => format!("{number}.saturating_sub(1)"),
            11 => format!("{number}.min({})", self.number()),
            12 => format!("({number} & {})", self.random.pick(&["1", "3"])),
            _ => format!("usize::from(c >> {})", self.random.pick(&["6", "7", "8 - 2"])),
        }
    }

    fn condition(&mut self) -> String {
        let (of, number, other) = (self.sequence(), self.number(), self.number());
        let k = self.random.pick(&["0", "1", "2", "3"]);
        match self.random.below(19) {
            0..=3 => format!("{number} < {of}.len()"),
            4 => format!("{number} <= {of}.len()"),
            5 => format!("{number} + {k} < {of}.len()"),
            6 => format!("{of}.len() > {k}"),
            7 => format!("{of}.len() >= {k}"),
            8 => format!("!{of}.is_empty()"),
            9 => format!("{number} < {other}"),
            10 => format!("{number} <= {other} && {other} <= {of}.len()"),
            11 => format!("{number} != {k}"),
            12 => format!("{of}.len() == {k}"),
            13 => format!("{number} < {other} || {number} < {of}.len()"),
            14 => format!("({number} < {of}.len()) == true"),
            15 => format!("{of}.get({number}).is_some()"),
            16 => "o.is_some()".to_owned(),
            17 => format!("{of}.first() == Some(&c)"),
            _ => format!("{of}.len() - {number}.min({of}.len()) > {k}"),
        }
    }

    /// One site a line, so that a panic's line names it.
    fn site(&mut self) {
        let (of, index) = (self.sequence(), self.index());
        let (low, high, other) = (self.number(), self.index(), self.number());
        match self.random.below(20) {
            0..=7 => self.line(&format!("r ^= usize::from({of}[{index}]);")),
            8 => self.line(&format!("r ^= {of}[{low}..].len();")),
            9 => self.line(&format!("r ^= {of}[..{index}].len();")),
            10 => self.line(&format!("r ^= {of}[{low}..{high}].len();")),
            11 => self.line(&format!("r ^= {of}[{low}..={high}].len();")),
            12 => self.line(&format!("r ^= {low} / {other};")),
            13 => self.line(&format!("r ^= {low} % {of}.len();")),
            14 => self.line("r ^= o.unwrap();"),
            15 => self.line(&format!("r ^= usize::from(*{of}.first().unwrap());")),
            16 => self.line(&format!("r ^= usize::from(*{of}.get({index}).unwrap());")),
            17 => self.line(&format!("r ^= {low} - {other};")),
            18 => self.line(&format!("r ^= {of}.split_at({low}).0.len();")),
            _ => self.text_site(),
        }
    }

    /// A site with its own guard, which may not be enough, or may be undone before the site.
    fn guarded(&mut self) {
        let (of, number, other) = (self.sequence(), self.number(), self.number());
        let (guard, site) = match self.random.below(12) {
            0 => (format!("{number} < {of}.len()"), format!("usize::from({of}[{number}])")),
            1 => (format!("{number} <= {of}.len()"), format!("usize::from({of}[{number}])")),
            2 => (format!("{number} <= {of}.len()"), format!("{of}[{number}..].len()")),
            3 => (format!("{number} <= {other} && {other} <= {of}.len()"), format!("{of}[{number}..{other}].len()")),
            4 => (format!("{number} < {other} && {other} < {of}.len()"), format!("usize::from({of}[{number} + 1])")),
            5 => (format!("{number} < {other}"), format!("({other} - {number})")),
            6 => (format!("{number} > 0"), format!("({other} % {number})")),
            7 => (format!("!{of}.is_empty()"), format!("usize::from({of}[{of}.len() - 1])")),
            8 => (format!("{of}.len() > 1"), format!("usize::from({of}[1..][0])")),
            9 => (format!("{number} > 0 && {number} <= {of}.len()"), format!("usize::from({of}[{number} - 1])")),
            10 => (format!("{of}.len() >= 2"), format!("usize::from(*{of}.get(1).unwrap())")),
            _ => (format!("{number} < 5 && {number} < {of}.len()"), format!("{of}[..={number}].len()")),
        };
        self.line(&format!("if {guard} {{"));
        if self.random.below(4) == 0 {
            self.change();
        }
        self.line(&format!("r ^= {site};"));
        self.line("}");
    }

    fn text_site(&mut self) {
        let pattern = self.random.pick(&["'='", "'é'", "\"ab\"", "char::is_whitespace"]);
        let by = self.random.pick(&["", " + 1", " + 2"]);
        let of = self.random.pick(&["s", "s", "&s[..s.len() / 2 * 0]"]);
        self.line(&format!("if let Some(at) = ({of}).find({pattern}) {{"));
        self.line(&format!("r ^= s[at{by}..].len();"));
        self.line("r ^= s[..at].len();");
        self.line("}");
    }

    /// What may undo a guard.
    fn change(&mut self) {
        let (number, of) = (self.number(), self.sequence());
        let (name, least) = (self.random.pick(&["x", "y"]), self.random.pick(&["1", "2", "x"]));
        match self.random.below(13) {
            0 => self.line(&format!("{name} = {number};")),
            1 => self.line(&format!("{name} += 1;")),
            2 => self.line(&format!("{name} = {name}.wrapping_sub(1);")),
            3 => self.line(&format!("{name} = {of}.len();")),
            4 => self.line("t.push(c);"),
            5 => self.line("r ^= t.pop().map_or(1, usize::from);"),
            6 => self.line(&format!("t.truncate({least});")),
            7 => self.line("t.clear();"),
            8 => self.line(&format!("bump(&mut {name});")),
            9 => self.line("shrink(&mut t);"),
            10 => self.line("t = w.to_vec();"),
            11 => self.line(&format!("o = {of}.iter().rposition(|at| *at > c);")),
            _ => self.line("o.take();"),
        }
    }

    fn early_return(&mut self) {
        let condition = self.condition();
        self.line(&format!("if !({condition}) {{ return r; }}"));
    }

    fn branch(&mut self) {
        let condition = self.condition();
        if self.random.below(3) == 0 {
            self.names += 1;
            let name = format!("g{}", self.names);
            self.line(&format!("let {name} = {condition};"));
            if self.random.below(2) == 0 {
                self.change();
            }
            self.line(&format!("if {name} {{"));
        } else {
            self.line(&format!("if {condition} {{"));
        }
        self.block(3);
        if self.random.below(2) == 0 {
            self.line("} else {");
            self.block(2);
        }
        self.line("}");
    }

    fn length_match(&mut self) {
        let of = self.sequence();
        self.line(&format!("match {of}.len() {{"));
        for arm in ["0 =>", "2 =>", "n if n > 3 =>", "_ =>"] {
            self.line(&format!("{arm} {{"));
            self.block(2);
            self.line("}");
        }
        self.line("}");
    }

    fn slice_match(&mut self) {
        let of = self.random.pick(&["v", "w"]);
        self.line(&format!("match {of} {{"));
        for arm in ["[] =>", "[_, _, ..] =>", "_ =>"] {
            self.line(&format!("{arm} {{"));
            self.block(2);
            self.line("}");
        }
        self.line("}");
    }

    fn counted_loop(&mut self) {
        let (of, number) = (self.sequence(), self.number());
        self.names += 1;
        let name = format!("i{}", self.names);
        let range = match self.random.below(6) {
            0 | 1 => format!("for {name} in 0..{of}.len() {{"),
            2 => format!("for {name} in 1..{of}.len() {{"),
            3 => format!("for {name} in 0..={of}.len().min(5) {{"),
            4 => format!("for ({name}, _) in {of}.clone().iter().enumerate() {{"),
            _ => format!("for {name} in (0..{number}.min(5)).rev() {{"),
        };
        self.line(&range);
        self.line("if spent(fuel) { return r; }");
        self.indices.push(name);
        self.block(3);
        self.indices.pop();
        self.line("}");
    }

    fn while_loop(&mut self) {
        let (name, of) = (self.random.pick(&["x", "y"]), self.sequence());
        let step = self.random.pick(&["+= 1", "+= 1", "-= 1"]);
        let condition = match step {
            "-= 1" => format!("{name} > 0"),
            _ => format!("{name} < {of}.len()"),
        };
        self.line(&format!("while {condition} {{"));
        self.line("if spent(fuel) { return r; }");
        let first = self.random.below(2) == 0;
        if first {
            self.line(&format!("{name} {step};"));
        }
        self.block(3);
        if !first {
            self.line(&format!("{name} {step};"));
        }
        self.line("}");
    }

    fn option(&mut self) {
        let of = self.sequence();
        self.names += 1;
        let name = format!("p{}", self.names);
        self.line(&format!("if let Some({name}) = {of}.iter().position(|at| *at == c) {{"));
        self.indices.push(name);
        self.block(3);
        self.indices.pop();
        self.line("}");
    }

    fn closure(&mut self) {
        let (of, number) = (self.random.pick(&["v", "w"]), self.number());
        let size = self.random.pick(&["1", "2", "3"]);
        let at = self.random.pick(&["0", "1", "2"]);
        match self.random.below(3) {
            0 => self.line(&format!("r ^= {of}.windows({size}).map(|p| usize::from(p[{at}])).sum::<usize>();")),
            1 => {
                let site = format!("usize::from({of}[{number}])");
                self.line(&format!("r ^= w.iter().map(|q| usize::from(*q) ^ {site}).sum::<usize>();"));
            }
            _ => self.line(&format!("r ^= {of}.chunks({size}).map(|p| usize::from(p[{at}])).sum::<usize>();")),
        }
    }
}
