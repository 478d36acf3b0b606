use auditor_runtime::panic_boundary;

#[panic_boundary]
fn nothing() {}

#[panic_boundary(fast)]
fn arguments() -> Result<(), String> {
    Ok(())
}

#[panic_boundary]
const fn constant() -> Result<(), String> {
    Ok(())
}

fn main() {}
