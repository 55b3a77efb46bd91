//! Parts of points in time and of spans. Months and days count from 0 as the language has it
//! (`getDate` from 1); a time zone may be given as a name or as `±HH:MM`.

use jiff::civil::DateTime;

use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::value::CelValue as V;

type Out = Result<V, CelError>;

const SECOND: i128 = 1_000_000_000;
/// Steps that looking up a time zone costs.
const ZONE_STEPS: usize = 100;

pub(super) fn member(name: &str) -> Option<Native> {
    Some(match name {
        "getFullYear" => |m, a| civil(m, a, |t| i64::from(t.year())),
        "getMonth" => |m, a| civil(m, a, |t| i64::from(t.month()) - 1),
        "getDate" => |m, a| civil(m, a, |t| i64::from(t.day())),
        "getDayOfMonth" => |m, a| civil(m, a, |t| i64::from(t.day()) - 1),
        "getDayOfWeek" => |m, a| civil(m, a, |t| i64::from(t.weekday().to_sunday_zero_offset())),
        "getDayOfYear" => |m, a| civil(m, a, |t| i64::from(t.day_of_year()) - 1),
        "getHours" => |m, a| either(m, a, 3600 * SECOND, |t| i64::from(t.hour())),
        "getMinutes" => |m, a| either(m, a, 60 * SECOND, |t| i64::from(t.minute())),
        "getSeconds" => |m, a| either(m, a, SECOND, |t| i64::from(t.second())),
        "getMilliseconds" => milliseconds,
        _ => return None,
    })
}

fn civil(meter: &mut Meter, args: &[V], part: fn(DateTime) -> i64) -> Out {
    let (time, zone) = match args {
        [V::Timestamp(time)] => (time, None),
        [V::Timestamp(time), V::String(zone)] => (time, Some(zone.as_ref())),
        _ => return Err(CelError::no_overload("a part of a date")),
    };
    meter.step(if zone.is_some() { ZONE_STEPS } else { 1 })?;
    Ok(V::Int(part(time.civil(zone)?)))
}

fn either(meter: &mut Meter, args: &[V], unit: i128, part: fn(DateTime) -> i64) -> Out {
    match args {
        [V::Duration(span)] => Ok(V::Int((span.nanoseconds() / unit) as i64)),
        _ => civil(meter, args, part),
    }
}

fn milliseconds(meter: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Duration(span)] => Ok(V::Int((span.nanoseconds() % SECOND / 1_000_000) as i64)),
        _ => civil(meter, args, |t| i64::from(t.millisecond())),
    }
}
