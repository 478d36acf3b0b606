use auditor::model::{lower::*, macros::MacroTable, name::Name};
use auditor::source::FileId;
use auditor::syntax::Edition;
fn main() {
    std::thread::Builder::new()
        .stack_size(128 << 20)
        .spawn(|| dev(&std::env::args().nth(1).unwrap()))
        .unwrap()
        .join()
        .unwrap();
}
fn dev(dir: &str) {
    let mut files = Vec::new();
    for e in ignore::WalkBuilder::new(dir).hidden(false).build().flatten() {
        if e.path().extension().is_some_and(|x| x == "rs") {
            files.push(std::fs::read_to_string(e.path()).unwrap());
        }
    }
    let bytes: usize = files.iter().map(String::len).sum();
    let t = std::time::Instant::now();
    let mut table = MacroTable::default();
    for (i, f) in files.iter().enumerate() {
        table.add_file(FileId(i as u32), f, Edition::Edition2021, Name::MISSING);
    }
    println!("macros {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let around = Surroundings { edition: Edition::Edition2021, macros: &table, depth: Depth::Bodies };
    let mut models = Vec::new();
    let mut errs = 0;
    for (i, f) in files.iter().enumerate() {
        let (m, p) = parse_and_lower(FileId(i as u32), f, &around);
        errs += p.errors.len();
        models.push(m);
    }
    let e = t.elapsed();
    println!(
        "{} files {} bytes lower {:?} {:.1} MB/s errors {errs}",
        files.len(),
        bytes,
        e,
        bytes as f64 / 1e6 / e.as_secs_f64()
    );
    let t = std::time::Instant::now();
    for f in &files {
        std::hint::black_box(auditor::syntax::parse(f, Edition::Edition2021, auditor::syntax::Fragment::File));
    }
    let e = t.elapsed();
    let ex: usize = models.iter().map(|m| m.exprs.len()).sum();
    println!(
        "exprs {ex} size {} pats {} types {} paths {}",
        std::mem::size_of::<auditor::model::hir::Expr>(),
        models.iter().map(|m| m.pats.len()).sum::<usize>(),
        models.iter().map(|m| m.types.len()).sum::<usize>(),
        models.iter().map(|m| m.paths.len()).sum::<usize>()
    );
    let mut by = std::collections::BTreeMap::new();
    let mut opaque = std::collections::BTreeMap::new();
    for m in &models {
        for c in &m.calls {
            *by.entry(format!("{:?}", c.expansion)).or_insert(0) += 1;
            if c.expansion == auditor::model::hir::Expansion::Opaque {
                *opaque.entry(c.path.to_string()).or_insert(0) += 1;
            }
        }
    }
    println!("{by:?}");
    let mut o: Vec<_> = opaque.into_iter().collect();
    o.sort_by_key(|x| -x.1);
    println!("{:?}", &o[..o.len().min(40)]);
}
