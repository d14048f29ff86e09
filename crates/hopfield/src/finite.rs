//! Refuses answers that overflow: finite patterns and images may have products that are not.

use hopfield_layer::Answer;

use crate::error::Error;
use crate::host::host;

/// Refuses answers of which a layer's weights or the answer itself are not all finite. `image` names a row.
///
/// # Errors
///
/// There is such an answer; the first is named.
pub(crate) fn check_finite(
    answers: &[Answer],
    image: impl Fn(usize) -> String,
) -> Result<(), Error> {
    for (layer, answer) in answers.iter().enumerate() {
        let parts =
            [("similarities to the patterns", &answer.weights), ("answer", &answer.retrieved)];
        for (what, numbers) in parts {
            let [_, width] = numbers.dims();
            let numbers = host(numbers.clone());
            if let Some(place) = numbers.iter().position(|number| !number.is_finite()) {
                return Err(overflow(&image(place / width), layer, what));
            }
        }
    }
    Ok(())
}

/// Something that a layer computes of an image is not finite.
pub(crate) fn overflow(image: &str, layer: usize, what: &str) -> Error {
    format!(
        "{image}: its {what} in layer {layer} overflow f32; allowed: no numbers whose products or squares exceed 3.4e38; \
         scale the patterns down, and import them again"
    )
    .into()
}
