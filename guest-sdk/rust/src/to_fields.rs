//! From rows to fields: a serde serializer.

use serde::ser::{self, Serialize};

use crate::{
    ConversionError, Fields, Value,
    tree::{ListBuilder, Tree},
};

type Result<T, E = ConversionError> = std::result::Result<T, E>;

/// Turns a row, a struct or a map with texts as keys, into an ordered list of named values.
///
/// | Rust | value |
/// |---|---|
/// | `bool` | `boolean` |
/// | integers | `integer`; beyond 64 bits with sign: an error |
/// | `f32`, `f64` | `number`, NaN and the infinities included |
/// | `char`, `str`, a variant without content | `text` |
/// | `None`, `()` | `null`, which means missing |
/// | lists of only integers, only numbers or only texts | `integers`, `numbers`, `texts` |
/// | bytes (`serde_bytes`) | `bytes` |
/// | everything else: structs, maps, other lists, an empty list | `json` |
///
/// ```
/// use rush_worker::{Value, to_fields};
///
/// #[derive(serde::Serialize)]
/// struct Point { x1: f64, kernel: &'static str, layers: Vec<u32> }
///
/// let fields = to_fields(&Point { x1: 0.5, kernel: "rbf", layers: vec![16, 8] })?;
/// assert_eq!(fields[0].value, Value::Number(0.5));
/// assert_eq!(fields[1].value, Value::Text("rbf".into()));
/// assert_eq!(fields[2].value, Value::Integers(vec![16, 8]));
/// # Ok::<(), rush_worker::ConversionError>(())
/// ```
pub fn to_fields<T: Serialize + ?Sized>(row: &T) -> Result<Fields> {
    row.serialize(TreeSerializer)?.into_fields()
}

struct TreeSerializer;

fn integer<T: TryInto<i64> + Copy + std::fmt::Display>(number: T) -> Result<Tree> {
    match number.try_into() {
        Ok(number) => Ok(Tree::Value(Value::Integer(number))),
        Err(_) => Err(ConversionError::new(format!(
            "{number} does not fit into a signed 64-bit integer; store it as text or as a number"
        ))),
    }
}

impl ser::Serializer for TreeSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    type SerializeSeq = ListSerializer;
    type SerializeTuple = ListSerializer;
    type SerializeTupleStruct = ListSerializer;
    type SerializeTupleVariant = VariantSerializer<ListSerializer>;
    type SerializeMap = MapSerializer;
    type SerializeStruct = MapSerializer;
    type SerializeStructVariant = VariantSerializer<MapSerializer>;

    fn serialize_bool(self, v: bool) -> Result<Tree> {
        Ok(Tree::Value(Value::Boolean(v)))
    }
    fn serialize_i8(self, v: i8) -> Result<Tree> {
        integer(v)
    }
    fn serialize_i16(self, v: i16) -> Result<Tree> {
        integer(v)
    }
    fn serialize_i32(self, v: i32) -> Result<Tree> {
        integer(v)
    }
    fn serialize_i64(self, v: i64) -> Result<Tree> {
        integer(v)
    }
    fn serialize_i128(self, v: i128) -> Result<Tree> {
        integer(v)
    }
    fn serialize_u8(self, v: u8) -> Result<Tree> {
        integer(v)
    }
    fn serialize_u16(self, v: u16) -> Result<Tree> {
        integer(v)
    }
    fn serialize_u32(self, v: u32) -> Result<Tree> {
        integer(v)
    }
    fn serialize_u64(self, v: u64) -> Result<Tree> {
        integer(v)
    }
    fn serialize_u128(self, v: u128) -> Result<Tree> {
        integer(v)
    }
    fn serialize_f32(self, v: f32) -> Result<Tree> {
        Ok(Tree::Value(Value::Number(v.into())))
    }
    fn serialize_f64(self, v: f64) -> Result<Tree> {
        Ok(Tree::Value(Value::Number(v)))
    }
    fn serialize_char(self, v: char) -> Result<Tree> {
        Ok(Tree::Value(Value::Text(v.into())))
    }
    fn serialize_str(self, v: &str) -> Result<Tree> {
        Ok(Tree::Value(Value::Text(v.to_owned())))
    }
    fn serialize_bytes(self, v: &[u8]) -> Result<Tree> {
        Ok(Tree::Value(Value::Bytes(v.to_vec())))
    }
    fn serialize_none(self) -> Result<Tree> {
        Ok(Tree::Value(Value::Null))
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Tree> {
        v.serialize(self)
    }
    fn serialize_unit(self) -> Result<Tree> {
        Ok(Tree::Value(Value::Null))
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Tree> {
        Ok(Tree::Value(Value::Null))
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Tree> {
        Ok(Tree::Value(Value::Text(variant.to_owned())))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result<Tree> {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<Tree> {
        Ok(Tree::Map(vec![(variant.to_owned(), v.serialize(Self)?)]))
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<ListSerializer> {
        Ok(ListSerializer(ListBuilder::with_capacity(len.unwrap_or(0))))
    }
    fn serialize_tuple(self, len: usize) -> Result<ListSerializer> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<ListSerializer> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Ok(VariantSerializer { variant, content: self.serialize_seq(Some(len))? })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<MapSerializer> {
        Ok(MapSerializer::default())
    }
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<MapSerializer> {
        Ok(MapSerializer { entries: Vec::with_capacity(len), name: None })
    }
    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant> {
        Ok(VariantSerializer { variant, content: self.serialize_struct(name, len)? })
    }
}

struct ListSerializer(ListBuilder);

impl ListSerializer {
    fn push<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.0.push(element.serialize(TreeSerializer)?);
        Ok(())
    }
}

impl ser::SerializeSeq for ListSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }
    fn end(self) -> Result<Tree> {
        Ok(self.0.finish())
    }
}

impl ser::SerializeTuple for ListSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }
    fn end(self) -> Result<Tree> {
        Ok(self.0.finish())
    }
}

impl ser::SerializeTupleStruct for ListSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }
    fn end(self) -> Result<Tree> {
        Ok(self.0.finish())
    }
}

#[derive(Default)]
struct MapSerializer {
    entries: Vec<(String, Tree)>,
    name: Option<String>,
}

impl MapSerializer {
    fn insert<T: Serialize + ?Sized>(&mut self, name: String, entry: &T) -> Result<()> {
        let tree = entry.serialize(TreeSerializer).map_err(|error| error.in_field(&name))?;
        self.entries.push((name, tree));
        Ok(())
    }
}

impl ser::SerializeStruct for MapSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, entry: &T) -> Result<()> {
        self.insert(name.to_owned(), entry)
    }
    fn end(self) -> Result<Tree> {
        Ok(Tree::Map(self.entries))
    }
}

impl ser::SerializeMap for MapSerializer {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.name = Some(match key.serialize(TreeSerializer)? {
            Tree::Value(Value::Text(name)) => name,
            // As `serde_json` does it: maps keyed by integers are common and unambiguous.
            Tree::Value(Value::Integer(number)) => number.to_string(),
            _ => return Err(ConversionError::new("the keys of a map must be texts")),
        });
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, entry: &T) -> Result<()> {
        let name =
            self.name.take().ok_or_else(|| ConversionError::new("a map gave a value without a key"))?;
        self.insert(name, entry)
    }
    fn end(self) -> Result<Tree> {
        Ok(Tree::Map(self.entries))
    }
}

/// A variant with content, `{ "Variant": content }`, which is how serde's own formats spell it.
struct VariantSerializer<S> {
    variant: &'static str,
    content: S,
}

impl ser::SerializeTupleVariant for VariantSerializer<ListSerializer> {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.content.push(element)
    }
    fn end(self) -> Result<Tree> {
        Ok(Tree::Map(vec![(self.variant.to_owned(), self.content.0.finish())]))
    }
}

impl ser::SerializeStructVariant for VariantSerializer<MapSerializer> {
    type Ok = Tree;
    type Error = ConversionError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, entry: &T) -> Result<()> {
        self.content.insert(name.to_owned(), entry)
    }
    fn end(self) -> Result<Tree> {
        Ok(Tree::Map(vec![(self.variant.to_owned(), Tree::Map(self.content.entries))]))
    }
}
