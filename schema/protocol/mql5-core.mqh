// Arrays are written through macros so that a C++ compiler, given its own two, can check this file beside the vectors.
#ifdef __MQL5__
#define SUHO_ARRAY(T, N) T N[]
#define SUHO_ARRAY_REF(T, N) T &N[]
#endif

//--- sixteen bytes: an id, or an instance
struct SuhoId
  {
   uchar             bytes[16];
                     SuhoId(void) { for(int i=0; i<16; i++) bytes[i]=0; }
   bool              IsNone(void) const { for(int i=0; i<16; i++) if(bytes[i]!=0) return(false); return(true); }
  };

union SuhoDouble
  {
   double            value;
   ulong             bits;
  };

//--- CRC-32 as in zlib; going on from crc, 0 to begin
uint SuhoCrc32(SUHO_ARRAY_REF(const uchar, bytes), const int from, const int to, const uint crc)
  {
   static uint table[256];
   if(table[1]==0)
      for(uint i=0; i<256; i++)
        {
         uint c=i;
         for(int bit=0; bit<8; bit++)
            c=((c & 1)!=0) ? ((c>>1)^0xEDB88320) : (c>>1);
         table[i]=c;
        }
   uint sum=crc^0xFFFFFFFF;
   for(int i=from; i<to; i++)
      sum=(sum>>8)^table[(sum^bytes[i]) & 0xFF];
   return(sum^0xFFFFFFFF);
  }

//--- writes fields in order; Bad() says that a value did not fit the wire
class CSuhoWriter
  {
private:
   SUHO_ARRAY(uchar, m_bytes);
   int               m_size;
   bool              m_bad;

   void              Integer(const ulong value,const int width)
     {
      if(ArraySize(m_bytes)<m_size+width)
         ArrayResize(m_bytes,(m_size+width)*2);
      for(int i=0; i<width; i++)
         m_bytes[m_size+i]=(uchar)((value>>(8*i)) & 0xFF);
      m_size+=width;
     }

   void              Patch(const int at,const ulong value,const int width)
     {
      for(int i=0; i<width; i++)
         m_bytes[at+i]=(uchar)((value>>(8*i)) & 0xFF);
     }

public:
                     CSuhoWriter(void) { m_size=0; m_bad=false; }
   bool              Bad(void) { return(m_bad); }
   int               Size(void) { return(m_size); }
   void              U8(const uint value) { if(value>0xFF) m_bad=true; Integer(value,1); }
   void              U16(const uint value) { if(value>0xFFFF) m_bad=true; Integer(value,2); }
   void              U32(const uint value) { Integer(value,4); }
   void              I32(const int value) { Integer((ulong)(uint)value,4); }
   void              U64(const ulong value) { Integer(value,8); }
   void              N64(const ulong value) { if(value>SUHO_N64_MOST) m_bad=true; Integer(value,8); }
   void              Time(const long value) { N64((ulong)value); }
   void              Bool(const bool value) { Integer(value ? 1 : 0,1); }

   void              F64(const double value)
     {
      SuhoDouble number;
      number.value=value;
      if(!MathIsValidNumber(value))
         m_bad=true;
      Integer(number.bits,8);
     }

   void              Id(const SuhoId &value)
     {
      for(int i=0; i<16; i++)
         Integer(value.bytes[i],1);
     }

   void              Str(const string value)
     {
      SUHO_ARRAY(uchar, text);
      //--- the count includes the closing zero, which does not go out
      int length=StringToCharArray(value,text,0,-1,CP_UTF8)-1;
      if(length<0)
         length=0;
      U16((uint)length);
      for(int i=0; i<length; i++)
         Integer(text[i],1);
     }

   //--- a record of a list: its length is put in by Leave
   int               Enter(void) { int at=m_size; Integer(0,2); return(at); }
   void              Leave(const int at)
     {
      int length=m_size-at-2;
      if(length>0xFFFF)
         m_bad=true;
      Patch(at,(ulong)length,2);
     }

   void              Begin(const uchar type,const uchar flags,const ulong seq,const ulong ack,const long timeUs)
     {
      m_size=0;
      m_bad=false;
      U32(SUHO_MAGIC);
      U16(SUHO_VERSION_2);
      U8(type);
      U8(flags);
      U32(0);
      U32(0);
      N64(seq);
      N64(ack);
      Time(timeUs);
     }

   //--- closes the frame and hands out its bytes; false when it must not be sent
   bool              Finish(SUHO_ARRAY_REF(uchar, frame))
     {
      int body=m_size-SUHO_HEADER_BYTES_2;
      if(m_bad || body>SUHO_BODY_MOST)
         return(false);
      Patch(8,(ulong)body,4);
      Patch(12,0,4);
      Patch(12,SuhoCrc32(m_bytes,0,m_size,0),4);
      ArrayResize(frame,m_size);
      ArrayCopy(frame,m_bytes,0,0,m_size);
      return(true);
     }
  };

//--- reads fields in order; after the first fault Bad() stays true and every read gives nothing
class CSuhoReader
  {
private:
   SUHO_ARRAY(uchar, m_bytes);
   int               m_at;
   int               m_end;
   bool              m_bad;

   ulong             Integer(const int width)
     {
      if(m_bad || m_at+width>m_end)
        {
         m_bad=true;
         return(0);
        }
      ulong value=0;
      for(int i=0; i<width; i++)
         value|=((ulong)m_bytes[m_at+i])<<(8*i);
      m_at+=width;
      return(value);
     }

public:
                     CSuhoReader(void) { m_at=0; m_end=0; m_bad=false; }
   bool              Bad(void) { return(m_bad); }
   void              Fail(void) { m_bad=true; }

   //--- takes a copy of bytes from to to: the body of a frame
   void              Load(SUHO_ARRAY_REF(const uchar, bytes),const int from,const int to)
     {
      ArrayResize(m_bytes,to-from);
      if(to>from)
         ArrayCopy(m_bytes,bytes,0,from,to-from);
      m_at=0;
      m_end=to-from;
      m_bad=false;
     }

   uint              Limited(const uint value,const uint most) { if(value>most) m_bad=true; return(value); }
   uchar             U8(void) { return((uchar)Integer(1)); }
   ushort            U16(void) { return((ushort)Integer(2)); }
   uint              U32(void) { return((uint)Integer(4)); }
   int               I32(void) { return((int)(uint)Integer(4)); }
   ulong             U64(void) { return(Integer(8)); }
   ulong             N64(void) { ulong value=Integer(8); if(value>SUHO_N64_MOST) m_bad=true; return(value); }
   long              Time(void) { return((long)N64()); }
   bool              Bool(void) { uchar value=U8(); if(value>1) m_bad=true; return(value==1); }

   double            F64(void)
     {
      SuhoDouble number;
      number.bits=Integer(8);
      if(!MathIsValidNumber(number.value))
        {
         m_bad=true;
         return(0);
        }
      return(number.value);
     }

   void              Id(SuhoId &value)
     {
      for(int i=0; i<16; i++)
         value.bytes[i]=U8();
     }

   string            Str(void)
     {
      int length=(int)U16();
      if(m_bad || m_at+length>m_end)
        {
         m_bad=true;
         return("");
        }
      string text=length>0 ? CharArrayToString(m_bytes,m_at,length,CP_UTF8) : "";
      m_at+=length;
      return(text);
     }

   //--- count of a list; each record takes two bytes at least, so a count beyond that is a fault
   int               Count(void)
     {
      int count=(int)U16();
      if(count*2>m_end-m_at)
         m_bad=true;
      return(m_bad ? 0 : count);
     }

   //--- a record of a list: Leave passes over what this version does not know of it
   int               Enter(void)
     {
      int length=(int)U16();
      int outer=m_end;
      if(m_bad || m_at+length>m_end)
         m_bad=true;
      else
         m_end=m_at+length;
      return(outer);
     }
   void              Leave(const int outer)
     {
      if(!m_bad)
         m_at=m_end;
      m_end=outer;
     }
  };

//--- the header of a frame
struct SuhoHeader
  {
   uchar             type;
   uchar             flags;
   int               length;
   ulong             seq;
   ulong             ack;
   long              timeUs;
                     SuhoHeader(void) { type=0; flags=0; length=0; seq=0; ack=0; timeUs=0; }
  };

//--- whole length of the frame at from: 0 while it is not all there, -1 when it is no frame or too long
int SuhoFrameLength(SUHO_ARRAY_REF(const uchar, bytes),const int from,const int available,const int maxBody)
  {
   if(available<12)
      return(0);
   CSuhoReader r;
   r.Load(bytes,from,from+12);
   if(r.U32()!=SUHO_MAGIC || r.U16()!=SUHO_VERSION_2)
      return(-1);
   r.U16();
   uint length=r.U32();
   if(length>(uint)maxBody)
      return(-1);
   int whole=SUHO_HEADER_BYTES_2+(int)length;
   return(available<whole ? 0 : whole);
  }

//--- checks sum and header of a whole frame; the body lies from SUHO_HEADER_BYTES_2 on
bool SuhoReadHeader(SUHO_ARRAY_REF(const uchar, bytes),const int from,const int whole,SuhoHeader &h)
  {
   SUHO_ARRAY(uchar, none);
   ArrayResize(none,4);
   for(int i=0; i<4; i++)
      none[i]=0;
   uint sum=SuhoCrc32(bytes,from,from+12,0);
   sum=SuhoCrc32(none,0,4,sum);
   sum=SuhoCrc32(bytes,from+16,from+whole,sum);
   CSuhoReader r;
   r.Load(bytes,from,from+SUHO_HEADER_BYTES_2);
   r.U32();
   r.U16();
   h.type=r.U8();
   h.flags=r.U8();
   h.length=(int)r.U32();
   if(r.U32()!=sum || h.flags>SUHO_FLAG_POSSIBLE_DUPLICATE)
      return(false);
   h.seq=r.N64();
   h.ack=r.N64();
   h.timeUs=r.Time();
   return(!r.Bad());
  }
