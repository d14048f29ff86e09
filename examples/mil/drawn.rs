//! Sets of bags that are drawn.

use hopfield_data::{Bundled, Source, Split};

use super::random::Splitmix;
use super::{Bags, MilError, Set};

/// As the bit pattern set of `hflayers`: 16 instances of 8 bits; half of the bags have one of 8 signals among them.
pub fn bit_patterns(seed: u64) -> Set {
    let [count, size, bits, of_signals] = [2048, 16, 8, 8];
    let mut rng = Splitmix(seed);
    let mut signals = Vec::new();
    while signals.len() < of_signals {
        let word = 1 + rng.below(255);
        if !signals.contains(&word) {
            signals.push(word);
        }
    }
    let noise: Vec<usize> = (1..256).filter(|word| !signals.contains(word)).collect();
    let mut bags = Bags::new(bits);
    for bag in 0..count {
        let mut words: Vec<usize> = (0..size).map(|_| noise[rng.below(noise.len())]).collect();
        if bag < count / 2 {
            let place = rng.below(size);
            words[place] = signals[rng.below(of_signals)];
        }
        let numbers =
            words.iter().flat_map(|word| (0..bits).map(move |bit| (word >> bit & 1) as f32));
        bags.push(numbers.collect(), bag < count / 2);
    }
    parted(&bags)
}

/// As the latch set of `hflayers`: 32 symbols of 20, one number each; the first, 0 or 1, is the label.
pub fn latch(seed: u64) -> Set {
    let (count, length, symbols) = (4096, 32, 20);
    let mut rng = Splitmix(seed);
    let mut bags = Bags::new(symbols);
    for _ in 0..count {
        let mut word: Vec<usize> = (0..length).map(|_| 2 + rng.below(symbols - 2)).collect();
        word[0] = rng.below(2);
        let mut numbers = vec![0.0; length * symbols];
        word.iter().enumerate().for_each(|(at, symbol)| numbers[at * symbols + symbol] = 1.0);
        bags.push(numbers, word[0] == 1);
    }
    parted(&bags)
}

/// The middle three quarters train.
fn parted(bags: &Bags) -> Set {
    let (count, eighth) = (bags.labels.len(), bags.labels.len() / 8);
    let is_train = |at: &usize| (eighth..count - eighth).contains(at);
    Set::Drawn(bags.at((0..count).filter(is_train)), bags.at((0..count).filter(|at| !is_train(at))))
}

/// As Ilse et al. (2018): bags of about 10 bundled digits, drawn with replacement; a 9 makes a bag positive.
pub fn digits(seed: u64) -> Result<Set, MilError> {
    let data = Bundled.load()?;
    let mut rng = Splitmix(seed);
    let mut draw = |from: &Split, count: usize| {
        let labels = from.labels().ok_or("digits without labels")?;
        let mut bags = Bags::new(from.dim());
        for _ in 0..count {
            let size = ((10.0 + 2.0 * rng.normal()) as usize).max(1);
            let places: Vec<usize> = (0..size).map(|_| rng.below(from.count())).collect();
            bags.push(from.rows_at(&places)?, places.iter().any(|&place| labels[place] == 9));
        }
        Ok::<_, MilError>(bags)
    };
    Ok(Set::Drawn(draw(&data.train, 200)?, draw(&data.test, 1000)?))
}

/// The numbers are those of an independent program.
#[test]
fn drawn_sets_are_those_of_the_reference() {
    let Set::Drawn(train, test) = bit_patterns(0) else { panic!("drawn") };
    assert_eq!((train.labels.len(), test.labels.len()), (1536, 512));
    let words = |bag: &[f32]| -> Vec<usize> {
        let word = |bits: &[f32]| bits.iter().rev().fold(0, |word, &bit| 2 * word + bit as usize);
        bag.chunks_exact(8).map(word).collect()
    };
    assert_eq!(words(&train.instances[0])[..8], [132, 146, 157, 156, 195, 99, 15, 237]);
    assert_eq!(words(&test.instances[511])[..4], [228, 112, 190, 2]);
    let Set::Drawn(train, _) = latch(0) else { panic!("drawn") };
    let symbol = |bits: &[f32]| bits.iter().position(|&bit| bit == 1.0).unwrap();
    let symbols: Vec<usize> = train.instances[0].chunks_exact(20).map(symbol).collect();
    assert_eq!(symbols[..8], [1, 4, 10, 17, 2, 6, 18, 8]);
    let Set::Drawn(train, test) = digits(0).unwrap() else { panic!("drawn") };
    let sizes: Vec<usize> = train.instances.iter().map(|bag| bag.len() / 784).collect();
    assert_eq!(sizes[..6], [6, 11, 12, 9, 8, 10]);
    let positive = |bags: &Bags| bags.labels.iter().filter(|&&label| label).count();
    assert_eq!((positive(&train), positive(&test)), (121, 598));
}
